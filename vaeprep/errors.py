"""Errors that the user is told in one line, and the exit code of each."""


class VaeprepError(Exception):
    """Something the user can mend; the message says what to do next."""

    exit_code = 1


class UsageError(VaeprepError):
    """A bad command line or input: nothing was written."""

    exit_code = 2
