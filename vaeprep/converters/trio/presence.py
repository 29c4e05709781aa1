"""In which bars an instrument is present: it sounds there or a few bars away.

Follows the coverage of bars in `_to_tensors_fn` of Magenta's `TrioConverter`.
"""

from collections.abc import Sequence

import numpy as np

from vaeprep.converters.trio.lines import NUM_INSTRUMENTS
from vaeprep.music.quantization import Quantized
from vaeprep.music.sequence import Bools


def sounding_bars(quantized: Quantized, instrument: int, bars: int) -> Bools:
    """bool[bars]: where any note of an instrument sounds, also one that no line has."""
    steps_per_bar = int(quantized.steps_per_bar)
    mine = quantized.piece.notes.instrument % NUM_INSTRUMENTS == instrument
    mine &= quantized.piece.notes.instrument < NUM_INSTRUMENTS
    first = quantized.start[mine] // steps_per_bar
    last = np.minimum(-(-quantized.end[mine] // steps_per_bar), bars)
    real = first < last
    begun = np.bincount(first[real], minlength=bars + 1)
    ended = np.bincount(last[real], minlength=bars + 1)
    sounding: Bools = np.cumsum(begun - ended)[:bars] > 0
    return sounding


def near(sounding: Bools, gap_bars: int) -> Bools:
    """[..., bars]: whether there is sound within `gap_bars` bars of each bar."""
    bars = sounding.shape[-1]
    before = np.zeros((*sounding.shape[:-1], bars + 1), np.int64)
    np.cumsum(sounding, axis=-1, out=before[..., 1:])
    bar = np.arange(bars)
    last = np.minimum(bar + gap_bars, bars - 1) + 1
    first = np.maximum(bar - gap_bars, 0)
    result: Bools = before[..., last] > before[..., first]
    return result


def together(present: Sequence[Bools], gap_bars: int) -> Bools:
    """[..., bars]: whether all instruments are present, at both ends any of them.

    The slices are Magenta's. With `gap_bars` 0 the second one is the whole.
    """
    every: Bools = present[0].copy()
    some: Bools = present[0].copy()
    for other in present[1:]:
        every &= other
        some |= other
    every[..., :gap_bars] = some[..., :gap_bars].any(axis=-1, keepdims=True)
    every[..., -gap_bars:] = some[..., -gap_bars:].any(axis=-1, keepdims=True)
    return every
