"""How a worker of the pool starts; its module is light, for each worker imports it."""

import gc
import multiprocessing
import os
import signal
import threading


def start() -> None:
    """Called first in each worker: it leaves Ctrl-C to the run, and ends with the run."""
    gc.enable()  # the fork server has it off
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_run, daemon=True).start()


def _end_with_run() -> None:
    """Ends this worker when the process of the run is gone, e.g. killed with SIGKILL.

    That process is not the parent that `os.getppid` tells: the fork server is, and
    it lives as long as any worker does.
    """
    run = multiprocessing.parent_process()
    if run is not None:
        run.join()
        os._exit(1)
