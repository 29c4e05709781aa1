"""Extracts the plain hops of some pieces all at once, without making events.

Nearly all music is plain: notes have positive lengths, MIDI pitches and
velocities that have a bin, every instrument has one program or is drums, and a
hop is one chunk. Then a hop's example follows from its notes:

In a track, notes are numbered by their start, so at each step the ends come
before the starts, and every end finds a start. Of a pitch that sounds more than
once the first start gets the first end, so sorting the ends of the pitch pairs
them. What starts at or after the end of the hop is lost, what ends after it
ends with it.

The events of these notes, counted: two a note, one for each change of velocity
in the order of the starts, and one time shift to each step where something
happens and to the end of the hop (no shift is too long).

Why an example need not be extracted again: its notes give the same events in
each of its tracks. Only tracks without notes are lost, so what is left must be
enough tracks and events once more.

Gives what `performance_stretches` gives for the same hops, which follows
`_quantized_subsequence_to_tensors` of Magenta's
`MultiInstrumentPerformanceConverter` event by event.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vaeprep.converters.performance.chords import ChordChange, chord_changes
from vaeprep.converters.performance.hops import Hops
from vaeprep.converters.performance.rules import Rules, wrong_tracks
from vaeprep.converters.performance.tracks import DRUMS, Tracks, tracks_of_hops
from vaeprep.converters.reasons import NO_CLASS, Kind, Reason
from vaeprep.music.grid import step_rate
from vaeprep.music.sequence import DEFAULT_QPM, Bools, Ints
from vaeprep.music.velocity_bins import bin_of

_MAX_CELLS = 10_000_000  # of a table of hops and instruments


@dataclass(frozen=True, slots=True)
class Bars:
    """The examples of the plain hops of some parts.

    Attributes:
        accepted: bool[hops], the hops that are examples.
        surviving: bool[hops], those that can be extracted again.
        hop, position, program, pitch, start, end, velocity_bin: int64[n], the
            notes of the surviving hops in the order of the examples; position
            is the number of the track, 128 the program of drums.
        chords: For each hop the chords as they are written.
        plain: bool[hops], the plain hops.
        fitting: bool[hops], those that are accepted but for their chords.
        track_hop, num_events: int64[tracks], of all plain hops, in order of the hop.
    """

    accepted: Bools
    surviving: Bools
    hop: Ints
    position: Ints
    program: Ints
    pitch: Ints
    start: Ints
    end: Ints
    velocity_bin: Ints
    chords: dict[int, tuple[ChordChange, ...]]
    plain: Bools
    fitting: Bools
    track_hop: Ints
    num_events: Ints


# --- Which hops are plain ---------------------------------------------------------


@lru_cache(maxsize=16)
def can_be_plain(rules: Rules) -> bool:
    """Whether any hop can be plain.

    A hop must be one chunk, no longer than the longest time shift. When an
    example is extracted again it must come back as the same steps in one hop;
    it says nothing of its meter, so it is in 4/4 then.
    """
    grid, shape = rules.grid, rules.shape
    seconds = rules.seconds_per_step
    per_second = step_rate(grid.steps_per_quarter)
    return (
        shape.hop_steps == shape.chunk_steps
        and grid.steps_per_bar == 4 * grid.steps_per_quarter
        and 0 < shape.hop_steps <= shape.max_shift
        and shape.hop_steps * seconds <= grid.hop_seconds(DEFAULT_QPM)
        and all(
            int(step * seconds * per_second + 0.5) == step
            for step in range(shape.hop_steps + 1)
        )
    )


def too_many_cells(hops: Hops, codes: Ints) -> bool:
    """Whether a table of hops and instruments would be too large."""
    return hops.count * (int(codes.max(initial=0)) + 1) > _MAX_CELLS


def plain_hops(rules: Rules, hops: Hops, codes: Ints) -> Bools:
    """bool[hops]: which hops are plain.

    Args:
        rules: The converter's.
        hops: All hops of some parts.
        codes: `instrument_codes` of the notes.
    """
    plain = np.ones(hops.count, np.bool_)
    if not can_be_plain(rules) or too_many_cells(hops, codes):
        return ~plain
    num_codes = int(codes.max(initial=0)) + 1
    notes = hops.notes
    cell = hops.hop * num_codes + codes
    program = np.where(notes.is_drum, DRUMS, notes.program)
    program_of = np.zeros(hops.count * num_codes, np.int64)
    program_of[cell] = program
    odd = (
        (hops.end <= hops.start)
        | (notes.pitch < 0)
        | (notes.pitch > 127)
        # Program 128 itself would pass for drums here.
        | (program != program_of[cell])
        | ((notes.program == DRUMS) & ~notes.is_drum)
    )
    if rules.shape.velocity_bins:
        loudest = rules.shape.velocity_bins * rules.shape.bin_size
        odd |= (notes.velocity < 1) | (notes.velocity > loudest)
    plain[hops.hop[odd]] = False
    return plain


# --- The notes of a hop, and how many events they are -----------------------------


@dataclass(frozen=True, slots=True)
class _Heard:
    """int64[n], the notes of all tracks, by track, pitch and start; steps in the hop."""

    track: Ints
    pitch: Ints
    start: Ints
    end: Ints
    velocity_bin: Ints


def _heard(rules: Rules, hops: Hops, plain: Bools, tracks: Tracks) -> _Heard:
    shape = rules.shape
    chosen = plain[hops.hop]
    track, pitch = tracks.of_note[chosen], hops.notes.pitch[chosen]
    order = np.argsort(track * 128 + pitch, kind="stable")  # notes are in order of start
    track, pitch = track[order], pitch[order]
    start = hops.start[chosen][order]
    ends = np.minimum(hops.end[chosen][order], shape.hop_steps)
    end = _first_in_first_out(track * 128 + pitch, ends)
    velocity_bin = np.zeros(len(order), np.int64)
    if shape.velocity_bins:
        velocity_bin = bin_of(hops.notes.velocity[chosen][order], shape.bin_size)
    inside = start < shape.hop_steps
    if not inside.all():
        track, pitch, velocity_bin = track[inside], pitch[inside], velocity_bin[inside]
        start, end = start[inside], end[inside]
    return _Heard(track, pitch, start, end, velocity_bin)


def _first_in_first_out(group: Ints, end: Ints) -> Ints:
    """The ends of notes, sorted within each group of equal (ascending) numbers."""
    if not ((group[1:] == group[:-1]) & (end[1:] < end[:-1])).any():
        return end
    return end[np.lexsort((end, group))]


def _happens(heard: _Heard, num_tracks: int, hop_steps: int) -> Bools:
    """bool[tracks, hop_steps + 1]: the steps where notes start or end."""
    happens = np.zeros((num_tracks, hop_steps + 1), np.bool_)
    happens[heard.track, heard.start] = True
    happens[heard.track, heard.end] = True
    return happens


def _velocity_changes(heard: _Heard, num_tracks: int, hop_steps: int) -> Ints:
    """int64[tracks]: how often the velocity changes; the first note's counts."""
    order = np.argsort(heard.track * hop_steps + heard.start, kind="stable")
    track, velocity_bin = heard.track[order], heard.velocity_bin[order]
    changed = np.ones(len(track), np.bool_)
    changed[1:] = (velocity_bin[1:] != velocity_bin[:-1]) | (track[1:] != track[:-1])
    return np.bincount(track[changed], minlength=num_tracks)


# --- Which hops are examples ------------------------------------------------------


def extract_bars(rules: Rules, hops: Hops, plain: Bools, codes: Ints) -> Bars | None:
    """Extracts all plain hops at once.

    Args:
        rules: The converter's.
        hops: All hops of some parts.
        plain: bool[hops], some of `plain_hops`.
        codes: `instrument_codes` of the notes.

    Returns:
        The examples; None if no hop is plain.
    """
    if not plain.any():
        return None
    hop_steps = rules.shape.hop_steps
    tracks = tracks_of_hops(hops, plain, codes)
    heard = _heard(rules, hops, plain, tracks)
    num_notes = np.bincount(heard.track, minlength=len(tracks))
    happens = _happens(heard, len(tracks), hop_steps)
    num_shifts = happens[:, 1:-1].sum(axis=1) + 1  # the last one to the end of the hop
    num_events = 2 * num_notes + num_shifts
    if rules.shape.velocity_bins:
        num_events += _velocity_changes(heard, len(tracks), hop_steps)

    fits = num_events <= rules.max_events
    fits &= (num_notes == 0) | ((tracks.program >= 0) & (tracks.program <= DRUMS))
    accepted = fitting = plain & _enough(rules, tracks.hop, num_events, hops.count)
    fitting[tracks.hop[~fits]] = False
    chords = _chords(rules, hops, fitting, tracks, happens)
    if chords is not None:
        accepted = np.zeros(hops.count, np.bool_)
        accepted[list(chords)] = True

    sounds = num_notes > 0
    surviving = accepted & _enough(rules, tracks.hop[sounds], num_events[sounds], hops.count)
    kept = np.flatnonzero(surviving[tracks.hop[heard.track]])
    kept = kept[_argsort(heard.track[kept], heard.end[kept], heard.start[kept], hop_steps)]
    track = heard.track[kept]
    return Bars(
        accepted=accepted,
        surviving=surviving,
        hop=tracks.hop[track],
        position=tracks.position[track],
        program=tracks.program[track],
        pitch=heard.pitch[kept],
        start=heard.start[kept],
        end=heard.end[kept],
        velocity_bin=heard.velocity_bin[kept],
        chords=chords or {},
        plain=plain,
        fitting=fitting,
        track_hop=tracks.hop,
        num_events=num_events,
    )


def _enough(rules: Rules, hop_of: Ints, num_events: Ints, num_hops: int) -> Bools:
    """bool[hops]: whether a hop has tracks and events as it must."""
    tracks = np.bincount(hop_of, minlength=num_hops)
    total = np.bincount(hop_of, weights=num_events, minlength=num_hops)
    return (
        (rules.min_tracks <= tracks)
        & (tracks <= rules.max_tracks)
        & (total >= rules.min_events)
    )


def why_no_bars(rules: Rules, bars: Bars, first: int, stop: int) -> Reason:
    """Why none of some hops is accepted: what the one that came farthest lacks.

    Args:
        rules: The converter's.
        bars: Of these hops and maybe others.
        first: The first of the hops, one of which is plain.
        stop: One after the last.
    """
    if bars.fitting[first:stop].any():
        return NO_CLASS
    plain = bars.plain[first:stop]
    tracks = slice(*bars.track_hop.searchsorted((first, stop)).tolist())
    hop, num_events = bars.track_hop[tracks] - first, bars.num_events[tracks]
    num_tracks = np.bincount(hop, minlength=len(plain))
    enough = plain & (num_tracks >= rules.min_tracks) & (num_tracks <= rules.max_tracks)
    if not enough.any():
        return wrong_tracks(int(num_tracks[plain].max()), rules)
    few = enough.copy()
    few[hop[num_events > rules.max_events]] = False
    if not few.any():
        return Reason(Kind.MANY_EVENTS)
    total = np.bincount(hop, weights=num_events, minlength=len(plain))
    if not (few & (total >= rules.min_events)).any():
        return Reason(Kind.FEW_EVENTS)
    return Reason(Kind.OTHER_INSTRUMENT)


def _chords(
    rules: Rules, hops: Hops, accepted: Bools, tracks: Tracks, happens: Bools
) -> dict[int, tuple[ChordChange, ...]] | None:
    """The chords of accepted hops, without the hops that their chords leave out.

    Returns:
        For each hop that stays its chords; None without chord encoding.
    """
    if rules.chord_encoding is None:
        return None
    hop_steps = rules.shape.hop_steps
    last_step = np.zeros(hops.count, np.int64)
    np.maximum.at(last_step, hops.hop, hops.end)
    chords = {}
    for hop in np.flatnonzero(accepted).tolist():
        mine = slice(*np.searchsorted(tracks.hop, (hop, hop + 1)).tolist())
        happening: Bools = np.logical_or.reduce(happens[mine])
        happening[0] = True  # the first event is at step 0, a time shift if nothing else
        found = chord_changes(
            rules.chord_encoding,
            hops.chords[hop],
            int(last_step[hop]),
            np.flatnonzero(happening[:hop_steps]).tolist(),
            [hop_steps] if happening[hop_steps] else [],
        )
        if found is not None:
            chords[hop] = found
    return chords


def _argsort(track: Ints, end: Ints, start: Ints, length: int) -> Ints:
    """The order of an example: by track, end and start; before that, by pitch."""
    return np.argsort((track * (length + 1) + end) * (length + 1) + start, kind="stable")
