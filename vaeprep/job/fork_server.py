"""Imported by the fork server before anything else, and by no other process.

A worker that is being forked while its run is stopped finds the semaphores of
the run gone: it dies quietly, or its traceback would stand on the terminal after
"stopped". What the server imports next is no garbage, so none is looked for until a
worker starts: a twentieth of the imports' time.
"""

import concurrent.futures.process  # noqa: F401 - or each worker would import it
import gc
import sys
from types import TracebackType

import vaeprep.job.worker_start  # noqa: F401

_OF_A_STOPPED_RUN = (FileNotFoundError, EOFError, ConnectionError)


def _tell(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if not issubclass(kind, _OF_A_STOPPED_RUN):
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = _tell
gc.disable()
