"""The inspection as one HTML page that needs nothing else, and no network.

The page is for people who do not program: every number is explained where it
stands. It reads on a phone and in dark mode, and every chart has a description
and its numbers as a table. All texts from data go through `markup`, which
escapes them.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from vaeprep.configs import CONFIGS
from vaeprep.files.tfrecord import FRAME_BYTES
from vaeprep.inputs.find import find_files
from vaeprep.inspection import funnel
from vaeprep.inspection.funnel import Funnel
from vaeprep.inspection.items import Kind
from vaeprep.inspection.page import music_charts
from vaeprep.inspection.page.document import (
    Part,
    check_page_path,
    document,
    figures,
    notice,
    write_document,
)
from vaeprep.inspection.page.funnel import funnel_part
from vaeprep.inspection.page.lists import faults_part, words_part
from vaeprep.inspection.page.markup import Markup, tag
from vaeprep.inspection.page.more_rolls import more_rolls
from vaeprep.inspection.page.rolls import rolls_part
from vaeprep.inspection.page.songs import SongTable, songs_part
from vaeprep.inspection.runs import FinishedRun, fair_sample, shard_pattern, songs_of
from vaeprep.inspection.section import Section
from vaeprep.inspection.spread import Spread
from vaeprep.inspection.statistics import Inspection, inspect_files
from vaeprep.inspection.words import about, long_time, number, plural, printable, size
from vaeprep.job.cause_words import main_cause
from vaeprep.job.songs import SongResult
from vaeprep.job.summary import Summary
from vaeprep.version import __version__

MOST_READ = 200_000
"""Examples that a report reads, in some forty seconds."""

_NAMED_FILES = 4

_FREQUENT = (
    "The examples that were found in the most songs. Each is kept only once. If they are very "
    "simple, many songs have long stretches of the same."
)


def write_report(
    path: Path, summary: Summary, prefix: Path, most_read: int = MOST_READ
) -> None:
    """Writes the page about a finished run (`vaeprep run --report`).

    Of a very large output a fair sample is drawn and counted; the page says so.

    Args:
        path: The HTML file.
        summary: The run's summary.
        prefix: The prefix of its shards.
        most_read: Shards are read until they hold so many examples together.

    Raises:
        UsageError: Something stands at `path` that is no HTML page.
        OSError: A shard cannot be read, or the page cannot be written.
    """
    check_page_path(path)
    run = FinishedRun(prefix, summary)
    output = "notesequences" if "notesequences" in summary.shards else "tensors"
    shards = fair_sample(run, output, most_read)
    inspection = inspect_files(find_files(map(str, shards))) if shards else Inspection([], 0)
    inspection.runs = [run]
    written = summary.shards.get(output, [])  # none where no example was found
    if len(shards) < len(written):
        inspection.sample_of = sum(shard.records for shard in written)
    write_page(path, inspection)


def write_page(path: Path, inspection: Inspection) -> None:
    """Writes the page about an inspection.

    Raises:
        UsageError: Something stands at `path` that is no HTML page.
        OSError: The page cannot be written.
    """
    write_document(path, to_html(inspection))


def to_html(inspection: Inspection) -> str:
    """The whole page; the same inspection gives the same page."""
    header = [
        tag("p", _lede(inspection), class_="lede"),
        figures(_figures(inspection)),
        *map(notice, _notices(inspection)),
    ]
    parts = list(_parts(inspection))
    return document(_title(inspection), header, parts, _footer(inspection))


def _parts(inspection: Inspection) -> Iterator[Part]:
    funnels = _funnels(inspection)
    for place, found in enumerate(funnels):
        heading = "From songs to examples"
        if len(funnels) > 1:
            heading += f": {found.config}"
        yield f"funnel-{place}", heading, funnel_part(found, f"funnel-{place}")
    pattern = _pattern(inspection)
    songs = [songs_of(run) for run in inspection.runs]
    tried = inspection.trial.listed if inspection.trial else []
    names = {song.source_id: song.name for listed in (*songs, tried) for song in listed}
    for section in inspection.sections.values():
        of_all = section.kind is not Kind.SONG and inspection.sample_of is None
        per_song = section.ids.times() if of_all else None
        yield from _section_parts(section, section.kind.value, per_song, pattern, names)
    trial = inspection.trial
    if trial is not None and trial.found.music.count:
        yield from _section_parts(trial.found, "found", trial.each, "", names)
    yield from _song_lists(inspection, songs)
    faults = faults_part(inspection, names)
    if faults:
        yield "faults", "What could not be used", faults
    yield "words", "The words on this page", words_part()


def _funnels(inspection: Inspection) -> list[Funnel]:
    funnels = [funnel.of_run(run.summary) for run in inspection.runs]
    if inspection.trial is not None:
        funnels.append(funnel.of_trial(inspection.trial))
    return funnels


def _song_lists(
    inspection: Inspection, songs_of_runs: Sequence[Sequence[SongResult]]
) -> Iterator[Part]:
    heading = "Song by song"
    trial = inspection.trial
    if trial is not None and trial.listed:
        listed = SongTable(trial.listed, trial.songs)
        content = songs_part(listed, "song-by-song", "found-random")
        yield "song-by-song", heading, content
    examples = _examples(inspection)
    rolls = f"{examples.kind.value}-random" if examples else ""
    for place, (run, songs) in enumerate(zip(inspection.runs, songs_of_runs, strict=True)):
        if songs:
            name = f"songs-of-run-{place}"
            told = f": {run.summary.config}" if len(inspection.runs) > 1 else ""
            whole = run.summary.song_list
            total = sum(run.summary.outcomes.values())
            listed = SongTable(songs, total, whole.name if whole else "")
            content = songs_part(listed, name, rolls)
            yield name, heading + told, content


def _section_parts(
    section: Section,
    name: str,
    per_song: Spread | None,
    pattern: str,
    file_names: Mapping[str, str],
) -> Iterator[Part]:
    is_song = section.kind is Kind.SONG
    unit = "song" if is_song else "example"
    drawings = [drawing for _, drawing in music_charts.music_charts(section, name, per_song)]
    if drawings:
        heading = f"What is in the {unit}s"
        yield f"{name}-charts", heading, [tag("div", *drawings, class_="charts")]
    shown = section.random.in_order()
    if shown:
        some = plural(len(shown), unit)
        intro = f"The beginning of {some}" if is_song else some
        content = rolls_part(
            section, shown, f"{name}-random", f"{intro}, drawn by lot.", pattern, file_names
        )
        content.append(more_rolls(section, f"{name}-random", file_names))
        yield f"{name}-random", f"A few {unit}s", content
    if is_song or not section.sources.count:
        return
    frequent = section.frequent.in_order()
    content = [tag("p", "No example was found in more than one song.")]
    if frequent:
        content = rolls_part(
            section, frequent, f"{name}-frequent", _FREQUENT, pattern, file_names
        )
    yield f"{name}-frequent", "The most frequent examples", content


def _pattern(inspection: Inspection) -> str:
    """The files as one argument of `vaeprep export`, if one will do."""
    if len(inspection.runs) == 1:
        return shard_pattern(inspection.paths)
    return inspection.paths[0].name if len(inspection.paths) == 1 else ""


# --- top and bottom of the page ---


def _title(inspection: Inspection) -> str:
    songs, examples = _songs(inspection), _examples(inspection)
    if songs is None and (examples is not None or inspection.runs):
        count = examples.count if examples else 0
        title = plural(inspection.sample_of or count, "training example")
        is_one = len(inspection.runs) == 1
        return title + (f" for {inspection.runs[0].summary.config}" if is_one else "")
    if examples is None and songs is not None:
        title = plural(songs.count, "song")
        is_one = len(inspection.paths) == 1 and songs.count > 1
        return title + (f" in {printable(inspection.paths[0].name)}" if is_one else "")
    return f"What is in {plural(len(inspection.paths), 'file')}"


def _lede(inspection: Inspection) -> str:
    """What is told first, in a few sentences."""
    songs, examples, trial = _songs(inspection), _examples(inspection), inspection.trial
    sentences = []
    if songs is not None:
        sentences.append(f"The songs last {long_time(songs.music.seconds.total)} in all.")
    if trial is not None:
        unique = about(trial.counters["unique-examples"], trial.found.contents.exact)
        sentences.append(
            f"The configuration {trial.config} would find {unique} different examples in them."
        )
    if examples is not None:
        gave = about(examples.ids.different, examples.ids.exact)
        if len(inspection.runs) == 1:
            read = plural(inspection.runs[0].summary.records, "song")
            from_them = (
                "" if inspection.sample_of else f"; {gave} of them gave the examples here"
            )
            sentences.append(f"{read} were read{from_them}.")
        elif examples.ids.total:
            sentences.append(f"The examples come from {gave} songs.")
    elif len(inspection.runs) == 1:
        sentences.append(f"{plural(inspection.runs[0].summary.records, 'song')} were read.")
    names = {found.config for found in _funnels(inspection)}
    config = CONFIGS.get(names.pop()) if len(names) == 1 else None
    if config is not None:
        sentences.append(f"An example is {config.extracts}: what the model sees of music.")
    return " ".join([*sentences, *_main_causes(inspection)])


def _main_causes(inspection: Inspection) -> Iterator[str]:
    """Why most of the songs that gave nothing gave nothing, and which option may help."""
    summaries = [run.summary for run in inspection.runs]
    told = [
        main_cause(one.outcomes, one.causes, one.config, one.departs_from_magenta)
        for one in summaries
    ]
    trial = inspection.trial
    if trial is not None:
        told.append(main_cause(trial.outcomes, trial.causes, trial.config, trial.departures))
    for cause, options in told:
        if cause:
            yield f"{cause}."
        if options:
            yield f"What may help: {options} (see Option below)."


def _songs(inspection: Inspection) -> Section | None:
    return inspection.sections.get(Kind.SONG)


def _examples(inspection: Inspection) -> Section | None:
    sections = inspection.sections
    return sections.get(Kind.EXAMPLE) or sections.get(Kind.TENSORS)


def _figures(inspection: Inspection) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for section in inspection.sections.values():
        is_song = section.kind is Kind.SONG
        if inspection.sample_of is not None:
            found += _run_figures(inspection.runs[0].summary)
        else:
            found += _song_figures(section) if is_song else _example_figures(section)
    if not inspection.sections and len(inspection.runs) == 1:
        found += _run_figures(inspection.runs[0].summary)
    trial = inspection.trial
    if trial is not None:
        unique = about(trial.counters["unique-examples"], trial.found.contents.exact)
        found.append((f"examples that {trial.config} would find", unique))
    bad = sum(inspection.fault_counts.values())
    if bad:
        found.append(("entries that could not be read", number(bad)))
    return found


def _song_figures(section: Section) -> Iterator[tuple[str, str]]:
    yield "songs" if section.count != 1 else "song", number(section.count)
    yield "of music", long_time(section.music.seconds.total)
    yield "notes", number(section.music.notes)
    if section.contents.repeats:
        repeats = about(section.contents.repeats, section.contents.exact)
        yield "songs with the music of another", repeats


def _example_figures(section: Section) -> Iterator[tuple[str, str]]:
    many = sum(times for value, times in section.sources.values.items() if value > 1)
    repeats = section.contents.repeats
    yield "examples" if repeats else "examples, all different", number(section.count)
    if section.ids.total:
        yield "songs that gave examples", about(section.ids.different, section.ids.exact)
    yield "examples found in several songs", number(many)
    if section.music.notes:
        yield "notes", number(section.music.notes)
    yield "on the disk", size(section.size + FRAME_BYTES * section.count)


def _run_figures(summary: Summary) -> Iterator[tuple[str, str]]:
    yield "songs read", number(summary.records)
    yield "examples, all different", number(summary.unique)
    yield "examples found in several songs", number(summary.from_many)


def _notices(inspection: Inspection) -> Iterator[str]:
    for found in _funnels(inspection):
        training = found.unique - found.evaluation
        if not found.unique:
            yield "No examples were found. The steps below say what became of the songs."
        elif training < found.batch_size:
            yield (
                f"{plural(training, 'example')} are fewer than a batch of {found.config} "
                f"({found.batch_size}). Training takes a whole batch at a time: add music, or "
                "train with a smaller batch size."
            )
        for lost in found.lost:
            yield f"Part of the input was given up: {printable(lost, 300)}"
    if inspection.sample_of is not None:
        yield (
            f"{number(inspection.count)} of {number(inspection.sample_of)} examples were read "
            "for the charts and piano rolls. They are a fair sample: the examples lie in "
            "random order."
        )
    for section in inspection.sections.values():
        if section.kind is not Kind.SONG and section.contents.repeats:
            yield (
                f"{plural(section.contents.repeats, 'example')} came before in these files. "
                "One run never writes an example twice; perhaps the files of two were mixed."
            )


def _footer(inspection: Inspection) -> Markup:
    version = __version__
    lines = [
        f"Made by vaeprep {version}. This page needs no network; its script plays the music "
        "and turns to more of it."
    ]
    for run in inspection.runs:
        summary = run.summary
        seconds = sum(summary.seconds.values())
        lines.append(
            f"The run: configuration {summary.config}, {summary.engine} engine, "
            f"{plural(summary.inputs, 'input file')}, {seconds:.1f} seconds."
        )
        if summary.departs_from_magenta:
            lines.append(_departures(summary.departs_from_magenta))
    names = ", ".join(printable(path.name) for path in inspection.paths[:_NAMED_FILES])
    more = len(inspection.paths) - _NAMED_FILES
    if names:
        lines.append(f"Read: {names}" + (f" and {more} more." if more > 0 else "."))
    return tag("footer", *(tag("p", line) for line in lines))


def _departures(songs_of_option: Mapping[str, int]) -> str:
    changed = ", ".join(
        f"{option} ({plural(songs, 'song')} changed)"
        for option, songs in songs_of_option.items()
    )
    return f"The run departs from Magenta: {changed}."
