"""What a configuration would make of the songs: `vaeprep inspect --config`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from vaeprep.converters.reasons import Kind, Reason
from vaeprep.cures.options import NO_CURES, Cures
from vaeprep.cures.told import departures
from vaeprep.engines.choice import Choice
from vaeprep.engines.engine import Engine, Extraction, groups
from vaeprep.engines.filters import Filters
from vaeprep.engines.spec import build
from vaeprep.inspection import items
from vaeprep.inspection.keys import hash_key
from vaeprep.inspection.picks import Pick, Picks, random_rank
from vaeprep.inspection.section import Section, new_section
from vaeprep.inspection.spread import Spread
from vaeprep.job.cause_words import words_of
from vaeprep.job.outcomes import Cause, causes_of, outcome_of
from vaeprep.job.report import NAMED, Fault
from vaeprep.job.songs import MOST_SHOWN, SongResult, song_result
from vaeprep.job.spill import hash_example
from vaeprep.music.sequence import NotANoteSequence, decode


@dataclass(slots=True)
class Trial:
    """A run without output.

    Attributes:
        config: The configuration's name.
        engine: Makes examples of a song.
        batch_size: The configuration's batch size.
        filters: The filters by name, empty without filtering.
        found: What is counted of the different examples. Its `contents` counts
            each example once for each song that it is found in.
        songs: Songs tried.
        counters: Magenta's counters, `unique-examples` included at the end.
        fault_counts: Songs that failed.
        faults: The first of them.
        each: How many different examples each song gives, failed ones left out.
        listed: The first songs one by one, up to `songs.MOST_SHOWN`.
        cures: The cures that are tried with it.
        cured: How many songs each cure changed.
        outcomes: Songs by what became of them, see `job.outcomes`.
        song_reasons, piece_reasons: Why songs and pieces gave nothing.
        not_merged: Songs whose tempo changes were to be merged and could not be.
    """

    config: str
    engine: Engine
    batch_size: int
    filters: Mapping[str, Any]
    found: Section
    songs: int = 0
    counters: Counter[str] = field(default_factory=Counter)
    fault_counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    each: Spread = field(default_factory=Spread)
    listed: list[SongResult] = field(default_factory=list)
    cures: Cures = NO_CURES
    cured: Counter[str] = field(default_factory=Counter)
    not_merged: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    song_reasons: Counter[Reason] = field(default_factory=Counter)
    piece_reasons: Counter[Reason] = field(default_factory=Counter)

    @np.errstate(all="ignore")  # as in `extract_split`
    def extract(self, records: Sequence[bytes]) -> list[Extraction]:
        """What some songs give.

        Args:
            records: NoteSequences.

        Raises:
            NotANoteSequence: One is none.
        """
        songs = []
        for song in self.engine(records) if records else ():
            if isinstance(song, NotANoteSequence):
                raise song
            songs.append(song)
        return songs

    def add(
        self, song: Extraction, name: str, path: str, offset: int, seed: int
    ) -> Fault | None:
        """Counts what one song gives.

        Args:
            song: What it gives.
            name: The song's file name.
            path: The file it is in, for messages.
            offset: Its byte offset there.
            seed: Decides which examples are shown as the random ones.

        Returns:
            Why it gives no example, None if it gives some.
        """
        self.songs += 1
        self.cured.update(song.done.changed)
        self.not_merged += bool(song.done.not_merged)
        self.outcomes[outcome_of(song)] += 1
        self.piece_reasons.update(song.reasons)
        why = None
        if song.reason is not None:
            self.song_reasons[song.reason] += 1
            why = words_of(song.reason, self.config)
        if song.failure is not None:
            self.fault_counts["failed"] += 1
            cause = "" if song.reason and song.reason.kind is Kind.ERROR else why or ""
            fault = Fault("failed", path, offset, song.source_id, song.failure, cause)
            if len(self.faults) < NAMED:
                self.faults.append(fault)
            self._list(song_result(song, name, 0, self.config))
            return fault
        self.counters.update(song.counters)
        examples = {hash_example(example): example for example in song.examples}
        self.each.add(len(examples))
        self._list(song_result(song, name, len(examples), self.config))
        if examples and self.found.random.size:
            self.found.browsed.want_songs([song.source_id])
        for key, example in examples.items():
            self._add_example(key, example, song.source_id, name, seed)
        return None if why is None else Fault("nothing", path, offset, song.source_id, why)

    def _add_example(
        self, key: bytes, example: bytes, source_id: str, name: str, seed: int
    ) -> None:
        found = self.found
        times = found.contents.add(key)
        if times != 1 and source_id not in found.browsed.of_song:
            return
        music = decode(example)
        pick = Pick(None, music, (source_id,), name, 1)
        if times != 1:
            found.browsed.add_to_songs(key, pick, seed)
            return
        found.size += len(example)
        found.music.add(music)
        found.random.add(key, random_rank(hash_key(example), seed), pick)
        if found.random.size:
            found.browsed.add(key, pick, seed)

    def _list(self, result: SongResult) -> None:
        if len(self.listed) < MOST_SHOWN:
            self.listed.append(result)

    def _extracted(
        self, songs: Iterable[tuple[bytes, str]]
    ) -> Iterator[tuple[Extraction, str]]:
        for group in groups(songs, lambda song: len(song[0])):
            found = self.extract([record for record, _ in group])
            yield from zip(found, [name for _, name in group], strict=True)

    def finish(self, songs: Iterable[tuple[bytes, str]]) -> None:
        """Counts what needs all songs, and finds the most frequent examples again.

        Args:
            songs: The records and their file names once more, read only until
                the frequent examples have all come by; so they need not be kept
                meanwhile.
        """
        contents = self.found.contents
        self.counters["unique-examples"] = contents.different
        self.found.sources = contents.times()
        wanted = _most_frequent(contents.kept, self.found.frequent.size)
        for song, name in self._extracted(songs) if wanted else ():
            for example in song.examples if song.failure is None else ():
                key = hash_example(example)
                number = int.from_bytes(key[:8], "big")
                if number in wanted:
                    times = wanted.pop(number)
                    pick = Pick(None, decode(example), (song.source_id,), name, times)
                    self.found.frequent.add(key, (-times, key), pick)
                    self.found.browsed.frequent.add(key, (-times, key), pick)
            if not wanted:
                break
        for picks in (self.found.random, *self.found.browsed.all()):
            _count_times(picks, contents.kept)

    @property
    def causes(self) -> list[Cause]:
        """Why songs and pieces gave nothing, those of most songs first."""
        return causes_of(self.song_reasons, self.piece_reasons)

    @property
    def departures(self) -> dict[str, int]:
        """Each cure of songs that is on, and how many songs it changed."""
        return departures(replace(self.cures, lenient_midi=False), self.cured, 0)

    @property
    def from_many(self) -> int:
        """Different examples that are found in more than one song."""
        times = self.found.contents.kept.values()
        return sum(number > 1 for number in times) << self.found.contents.halvings


def new_trial(
    choice: Choice, filters: Filters | None, shown: int, cures: Cures = NO_CURES
) -> Trial:
    """A trial of no songs yet.

    Args:
        choice: The configuration and its engine, as a run would choose them.
        filters: The filters, None without filtering.
        shown: How many examples of each choice are shown.
        cures: The cures that the engine applies.
    """
    return Trial(
        config=choice.spec.config,
        engine=build(choice.spec),
        batch_size=choice.batch_size,
        filters=asdict(filters) if filters else {},
        found=new_section(items.Kind.EXAMPLE, shown),
        cures=cures,
    )


def _most_frequent(kept: Counter[int], count: int) -> dict[int, int]:
    """The keys that came most often, and more than once: key -> times."""
    ranked = sorted(kept.items(), key=lambda one: (-one[1], one[0]))
    return {key: times for key, times in ranked[:count] if times > 1}


def _count_times(picks: Picks, kept: Counter[int]) -> None:
    """Tells each shown example in how many songs it is found."""
    for key, (rank, pick) in picks.found.items():
        times = kept.get(int.from_bytes(key[:8], "big"), 1)
        picks.found[key] = (rank, replace(pick, times=times))
