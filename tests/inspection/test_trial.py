"""The promise of --config: what `vaeprep run` would find, without running it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from vaeprep.engines.choice import choose_engine
from vaeprep.engines.filters import Filters
from vaeprep.errors import UsageError
from vaeprep.files.names import summary_path
from vaeprep.inputs.find import find_files
from vaeprep.inspection.statistics import Inspection, inspect_files
from vaeprep.inspection.text import to_text
from vaeprep.inspection.trial import Trial, new_trial
from vaeprep.job.summary import from_json


def trial_of(config: str, filters: Filters | None) -> Trial:
    return new_trial(choose_engine(config, "auto", filters), filters, shown=6)


def look(path: Path, config: str, filters: Filters | None = None) -> tuple[Inspection, Trial]:
    trial = trial_of(config, filters)
    return inspect_files(find_files([str(path)]), trial=trial), trial


@pytest.mark.parametrize("config", ["cat-mel_2bar_small", "hierdec-trio_16bar", "groovae_4bar"])
def test_a_trial_counts_what_a_run_counts(
    songs: Path, shards: Callable[[str], Path], config: str
) -> None:
    summary = from_json(summary_path(shards(config)).read_text("utf-8"))
    _, trial = look(songs, config, Filters())
    counters = {name: count for name, count in trial.counters.items() if count}
    assert counters == summary.counters
    assert trial.songs == summary.records
    assert trial.fault_counts == summary.fault_counts
    assert trial.faults == summary.faults
    assert trial.from_many == summary.from_many
    assert trial.each.total >= summary.unique
    assert trial.each.count + trial.fault_counts["failed"] == trial.songs


def test_filters_are_kept(songs: Path) -> None:
    _, trial = look(songs, "cat-mel_2bar_small", Filters(max_num_notes=300))
    assert trial.counters["filtered-too-many-notes"] > 0
    _, unfiltered = look(songs, "cat-mel_2bar_small")
    filtered = {name for name in unfiltered.counters if name.startswith("filtered")}
    assert filtered <= {"filtered-too-many-sequence-time-splits"}


def test_the_most_frequent_examples_are_found_with_their_songs(shared_data: Path) -> None:
    _, trial = look(shared_data / "tfrecords" / "nottingham.tfrecord", "cat-mel_2bar_small")
    frequent = trial.found.frequent.in_order()
    assert len(frequent) == 6
    most = sorted(trial.found.contents.kept.values(), reverse=True)[:6]
    assert [pick.times for pick in frequent] == most
    assert all(pick.name.endswith(".mid") and len(pick.music.notes) for pick in frequent)


def test_every_song_is_listed_with_its_examples(songs: Path) -> None:
    found, trial = look(songs, "cat-mel_2bar_small")
    assert len(trial.listed) == trial.songs == 24
    assert sum(song.examples for song in trial.listed) == trial.each.total
    assert "examples  song" in to_text(found)


def test_examples_alone_cannot_be_tried(shards: Callable[[str], Path]) -> None:
    first = next(shards("cat-mel_2bar_small").parent.glob("cat-mel_2bar_small-00000*"))
    with pytest.raises(UsageError, match="config needs songs"):
        look(first, "cat-mel_2bar_small")
