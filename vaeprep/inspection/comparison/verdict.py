"""The comparison in a few sentences: what is told first."""

from collections.abc import Iterator

from vaeprep.inspection.comparison.compare import (
    EXAMPLES,
    WITH_SONGS,
    Comparison,
    Overlap,
)
from vaeprep.inspection.words import about, plural

_MAGENTAS_CAPS = (5, 20)
"""Examples of a piece that Magenta's job keeps; the second is GrooVAE's."""


def verdict(found: Comparison) -> list[str]:
    """What differs, a sentence each; A and B are the two sides."""
    return [*_in_common(found), *_songs(found), *_without_summary(found)]


def _in_common(found: Comparison) -> Iterator[str]:
    for one in found.overlaps[:1]:
        yield _of_overlap(one)
    yield from _other_songs(found)
    if not found.overlaps and found.a.summary and found.b.summary:
        a, b = found.a.summary.unique, found.b.summary.unique
        yield f"A has {plural(a, 'different example')}, B {b:,}; the examples were not read."


def _other_songs(found: Comparison) -> Iterator[str]:
    """Examples that are the same, and yet not all of the same songs."""
    examples = next((one for one in found.overlaps if one.what == EXAMPLES), None)
    with_songs = next((one for one in found.overlaps if one.what == WITH_SONGS), None)
    if examples is None or with_songs is None:
        return
    other = examples.both - with_songs.both
    if other > 0 and examples.exact and with_songs.exact:
        yield f"{other:,} of the examples in both {_name(other)} other songs in A than in B."


def _name(count: int) -> str:
    return "names" if count == 1 else "name"


def _of_overlap(one: Overlap) -> str:
    noun = one.what.partition(",")[0]
    both, only_a, only_b = (
        about(count, one.exact) for count in (one.both, one.only_a, one.only_b)
    )
    if not one.both:
        return f"A and B have none of their {noun} in common."
    if not one.only_a and not one.only_b:
        return f"A and B hold the same {both} {noun}."
    if not one.only_a:
        return f"B has all {both} {noun} of A, and {only_b} more."
    if not one.only_b:
        return f"A has all {both} {noun} of B, and {only_a} more."
    return f"{both} {noun} are in both, {only_a} only in A, {only_b} only in B."


def _songs(found: Comparison) -> Iterator[str]:
    changed = found.changed
    if not found.listed:
        return
    if not changed:
        yield (f"{_each(found.listed)} listed gave as many examples to A as to B.")
        return
    gained = sum(not song.a.examples for song in changed)
    lost = sum(not song.b.examples for song in changed)
    sentence = f"{plural(len(changed), 'song')} gave another number of examples"
    parts = [f"{gained:,} gave some only to B"] if gained else []
    parts += [f"{lost:,} only to A"] if lost else []
    yield f"{sentence}{': ' if parts else ''}{', '.join(parts)}."


def _each(count: int) -> str:
    return "The one song" if count == 1 else f"Each of the {count:,} songs"


def _without_summary(found: Comparison) -> Iterator[str]:
    """What is not known of a side, and why it may hold less."""
    for letter, read, other in (("A", found.a, found.b), ("B", found.b, found.a)):
        if read.summary is None and other.summary is not None:
            yield (
                f"{letter} has no summary of a run (Magenta's job writes none), so its steps "
                "and reasons are not known."
            )
            yield from _capped(letter, found)


def _capped(letter: str, found: Comparison) -> Iterator[str]:
    """Whether a side holds as few examples of each piece as Magenta's job as it is keeps."""
    pairs = [(song.a, song.b) if letter == "A" else (song.b, song.a) for song in found.changed]
    for cap in _MAGENTAS_CAPS:
        most = [(few.examples, cap * full.pieces) for few, full in pairs]
        if all(kept <= limit for kept, limit in most) and any(a == b for a, b in most):
            yield (
                f"No piece of a song has more than {cap} examples in {letter}: Magenta's job "
                "as it is keeps no more."
            )
