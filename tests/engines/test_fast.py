"""A group of songs gives what each song gives alone, whatever the others are."""

import gc
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines.test_filters import FILTERS
from tests.kinds import ONE_OF_EACH_KIND
from tests.strategies import note_sequences
from tests.together import cut_all
from vaeprep.configs import CONFIGS
from vaeprep.converters.conversion import Conversion, Converter
from vaeprep.converters.reasons import of_failure
from vaeprep.demo.songs import compose
from vaeprep.engines.engine import (
    GROUP_BYTES,
    GROUP_SONGS,
    MAX_PIECES,
    Empty,
    Extracted,
    Extraction,
    add,
    count_conversions,
    extract_one,
    extracted,
    failed,
    groups,
    too_many_pieces,
)
from vaeprep.engines.fast import fast_engine
from vaeprep.engines.filters import Filters, drop_reason, drop_reasons, why_dropped
from vaeprep.music.limits import check_id, check_instruments, check_length
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import DEFAULT_QPM, Columns, NotANoteSequence, decode, from_proto
from vaeprep.music.time_changes import split_on_time_changes

RECORDS = st.lists(
    st.one_of(
        note_sequences().map(lambda ns: ns.SerializeToString()),
        st.sampled_from([b"", b"\xff", b"\x0a\x01a", b"\x42\x02\x08"]),
    ),
    min_size=1,
    max_size=6,
)


def one_by_one(record: bytes, converter: Converter, filters: Filters | None) -> Extracted:
    """What a song gives, without anything that looks at many pieces."""
    try:
        song = decode(record)
    except NotANoteSequence as error:
        return error
    try:
        check_id(song.id)
        pieces = split_on_time_changes(song)
        if len(pieces) > MAX_PIECES:
            return too_many_pieces(song)
    except Exception as error:
        return failed(song.id, error, of_failure(error))
    examples: list[bytes] = []
    empty: Empty = []
    conversions: list[Conversion] = []
    counters = {"sequence-time-splits": len(pieces)}
    for piece in pieces:
        try:
            dropped = drop_reason(piece, filters) if filters else None
            if dropped and filters:
                add(counters, dropped)
                empty.append((why_dropped(dropped, piece, filters), len(piece.notes)))
                continue
            check_limits(piece)
            conversion = converter.convert(piece)
        except Exception as error:
            return failed(song.id, error, of_failure(error, piece.notes))
        conversions.append(conversion)
        examples += conversion.examples
        if conversion.reason:
            empty.append((conversion.reason, len(piece.notes)))
    count_conversions(counters, conversions)
    return extracted(song, examples, counters, empty)


def check_limits(piece: Columns) -> None:
    check_instruments(len(set(piece.notes.instrument.tolist())))
    times = [0.0, piece.total_time, *piece.notes.start.tolist()]
    times += [text.time for text in piece.text_annotations]
    qpm = piece.tempos[0].qpm if piece.tempos else DEFAULT_QPM
    check_length(max(time for time in times if time == time), qpm)


def facts(song: Extracted) -> Any:
    if isinstance(song, NotANoteSequence):
        return repr(song)
    counters = {name: count for name, count in song.counters.items() if count}
    return (
        song.source_id,
        sorted(song.examples),
        counters,
        song.failure,
        dict(song.reasons),
        song.reason,
        song.done,
    )


def assert_same(
    records: Sequence[bytes], converter: Converter, filters: Filters | None
) -> None:
    with np.errstate(all="ignore"):
        together = fast_engine(converter, filters)(records)
        alone = [one_by_one(record, converter, filters) for record in records]
    assert list(map(facts, together)) == list(map(facts, alone))


@pytest.mark.parametrize("config", ONE_OF_EACH_KIND)
@given(records=RECORDS, filters=st.sampled_from([None, Filters(), Filters(is_drum=False)]))
@settings(max_examples=60)
def test_a_group_of_any_songs_gives_what_each_gives_alone(
    config: str, records: list[bytes], filters: Filters | None
) -> None:
    assert_same(records, CONFIGS[config].converter, filters)


@given(group=st.lists(note_sequences(), min_size=1, max_size=4), filters=FILTERS)
@settings(max_examples=200)
def test_pieces_are_dropped_together_for_the_reasons_of_each(
    group: list[Any], filters: dict[str, Any]
) -> None:
    pieces = cut_all(map(from_proto, group))
    if pieces is None:
        return
    asked = Filters(**filters)
    for number, reason in enumerate(drop_reasons(pieces, asked)):
        if pieces.clean[number]:
            assert reason == drop_reason(pieces.alone(number), asked)
        else:
            assert reason is None


@pytest.mark.parametrize("config", ONE_OF_EACH_KIND)
def test_the_sample_gives_together_what_its_songs_give_alone(config: str) -> None:
    songs = [song.SerializeToString() for song in compose(40, seed=5)]
    assert_same(songs, CONFIGS[config].converter, Filters())


def test_a_converter_that_fails_on_a_group_is_asked_song_by_song() -> None:
    class Picky:
        def convert(self, piece: Columns) -> Any:
            raise KeyError(60)

        def convert_all(self, pieces: Any) -> Any:
            raise MemoryError("too many at once")

    songs = [song.SerializeToString() for song in compose(3, seed=5)]
    found = fast_engine(Picky(), None)(songs)
    assert len(found) == 3
    assert all(isinstance(one, Extraction) and one.failure for one in found)


def test_bytes_that_are_no_song_are_said_to_be_none_and_harm_no_other() -> None:
    song = next(iter(compose(1, seed=5))).SerializeToString()
    engine = fast_engine(CONFIGS["cat-mel_2bar_small"].converter, None)
    bad, good = engine([b"\xff", song])
    assert isinstance(bad, NotANoteSequence)
    assert isinstance(good, Extraction)
    assert facts(good) == facts(extract_one(engine, song))
    with pytest.raises(NotANoteSequence):
        extract_one(engine, b"\xff")


def test_groups_are_bounded_in_number_and_in_bytes() -> None:
    assert list(groups([], len)) == []
    many = [b"x"] * (2 * GROUP_SONGS + 1)
    assert [len(group) for group in groups(many, len)] == [GROUP_SONGS, GROUP_SONGS, 1]
    large = bytes(GROUP_BYTES // 2)
    assert [len(group) for group in groups([large] * 5, len)] == [2, 2, 1]


def test_one_song_of_many_changes_among_others_is_dropped_alone() -> None:
    ns = NoteSequence(id="a", total_time=300.0)
    for number in range(MAX_PIECES + 2):
        ns.tempos.add(time=float(number), qpm=100.0 + number % 2)
    song = next(iter(compose(1, seed=5))).SerializeToString()
    assert_same(
        [song, ns.SerializeToString(), song], CONFIGS["cat-mel_2bar_small"].converter, None
    )


def test_an_error_keeps_no_song_in_memory() -> None:
    class Failing:
        def convert(self, piece: Columns) -> Any:
            try:
                return {}[60]
            except KeyError:
                raise ValueError("no good") from None

    engine = fast_engine(Failing(), None)
    song = next(iter(compose(1, seed=5))).SerializeToString()
    gc.collect()
    gc.disable()
    try:
        found = engine([song, b"\xff"])
        del found
        assert gc.collect() == 0
    finally:
        gc.enable()
