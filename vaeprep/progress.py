"""Progress bars: a stage opens one and advances it; nothing is drawn unless asked for."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

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
        file=sys.stderr,
        dynamic_ncols=True,
        smoothing=0.1,
        leave=False,
    ) as bar:

        def advance(count: int) -> None:
            bar.update(count)

        yield advance
