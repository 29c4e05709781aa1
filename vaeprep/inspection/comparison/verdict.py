"""The comparison in a few sentences: what is told first."""

from collections.abc import Iterator

from vaeprep.inspection.comparison.compare import Comparison, Overlap
from vaeprep.inspection.words import about, plural


def verdict(found: Comparison) -> list[str]:
    """What differs, a sentence each; A and B are the two sides."""
    return [*_in_common(found), *_songs(found)]


def _in_common(found: Comparison) -> Iterator[str]:
    for one in found.overlaps[:1]:
        yield _of_overlap(one)
    if not found.overlaps and found.a.summary and found.b.summary:
        a, b = found.a.summary.unique, found.b.summary.unique
        yield f"A has {plural(a, 'different example')}, B {b:,}; the examples were not read."


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
        yield "Each song that both list gave as many examples to A as to B."
        return
    gained = sum(not song.a.examples for song in changed)
    lost = sum(not song.b.examples for song in changed)
    sentence = f"{plural(len(changed), 'song')} gave another number of examples"
    parts = [f"{gained:,} gave some only to B"] if gained else []
    parts += [f"{lost:,} only to A"] if lost else []
    yield f"{sentence}{': ' if parts else ''}{', '.join(parts)}."
