"""Imported by the fork server before it forks a worker: who dies at birth does so quietly.

A worker that is being forked while its run is stopped finds the semaphores of
the run gone. Its traceback would stand on the terminal after "stopped".
"""

import sys
from types import TracebackType

_OF_A_STOPPED_RUN = (FileNotFoundError, EOFError, ConnectionError)


def _tell(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if not issubclass(kind, _OF_A_STOPPED_RUN):
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = _tell
