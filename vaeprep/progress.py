"""Progress bars: a stage opens one and advances it; nothing is drawn unless asked for."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

_SCALED = 10_000
"""Numbers from here on are shown with k, M, G."""

_SECONDS = 1.0

Advance = Callable[[int], None]
Progress = Callable[[str, int | None, str], AbstractContextManager[Advance]]
"""From a stage's name, its total (None if unknown) and unit to a bar's `advance`."""


@contextmanager
def no_progress(_stage: str, _total: int | None, _unit: str) -> Iterator[Advance]:
    """Draws nothing."""
    yield lambda _count: None


@contextmanager
def tqdm_progress(stage: str, total: int | None, unit: str) -> Iterator[Advance]:
    """Draws a tqdm bar, with rate and time left: on standard error, or in a notebook."""
    from tqdm.auto import tqdm

    with tqdm(
        total=total,
        desc=stage,
        unit=f" {unit}",
        unit_scale=total is None or total >= _SCALED,
        file=sys.stderr,
        dynamic_ncols=True,
        smoothing=0.1,
        leave=False,
    ) as bar:
        ended = threading.Event()
        clock = threading.Thread(target=_tick, args=(bar, ended), daemon=True)
        clock.start()

        def advance(count: int) -> None:
            bar.update(count)

        try:
            yield advance
        finally:
            ended.set()
            clock.join()


def _tick(bar: Any, ended: threading.Event) -> None:
    """Draws the bar anew every second, so that its time moves while one task takes long."""
    while not ended.wait(_SECONDS):
        bar.refresh()
