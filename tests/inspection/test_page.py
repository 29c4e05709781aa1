"""Promises of the page: alone it stands, everything is escaped, everyone can read it."""

import re
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import vaeprep
from tests.inspection.test_trial import look
from vaeprep.engines.choice import choose_engine
from vaeprep.engines.filters import Filters
from vaeprep.errors import UsageError
from vaeprep.files.names import summary_path
from vaeprep.files.tfrecord import Record, read_records, write_records
from vaeprep.inputs.find import find_files
from vaeprep.inspection.funnel import of_run, of_trial
from vaeprep.inspection.page.page import to_html, write_report
from vaeprep.inspection.page.pianoroll import frame_of
from vaeprep.inspection.statistics import inspect_files
from vaeprep.inspection.trial import new_trial
from vaeprep.job.summary import Summary, from_json
from vaeprep.music.encode import note_sequence_payload
from vaeprep.music.protos import NoteSequence
from vaeprep.music.sequence import decode

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</title></style><svg onload=alert(1)>",
    "$title ${style} &lt;b&gt; \x1b[31mred \N{RIGHT-TO-LEFT OVERRIDE}gpj",
)
VOID = {"meta", "wbr", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """A parsed page: its elements, ids and whether all tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def having(self, attribute: str) -> list[str]:
        return [
            value for _, found in self.elements if (value := found.get(attribute)) is not None
        ]


@pytest.fixture(scope="module")
def pages(songs: Path, shards: Callable[[str], Path]) -> dict[str, str]:
    """A page of each sort: songs, songs with a trial, examples, tensors."""
    trio = shards("hierdec-trio_16bar")
    patterns = {
        "songs": str(songs),
        "examples": f"{trio}-0*",
        "tensors": f"{trio.with_name('tensors-' + trio.name)}-0*",
        "performances": f"{shards('hier-multiperf_vel_1bar_med_chords')}-0*",
    }
    made = {
        name: to_html(inspect_files(find_files([pattern])))
        for name, pattern in patterns.items()
    }
    made["trial"] = to_html(look(songs, "groovae_4bar")[0])
    return made


SORTS = ["songs", "examples", "tensors", "performances", "trial"]


@pytest.mark.parametrize("sort", SORTS)
def test_the_page_needs_nothing_else(pages: dict[str, str], sort: str) -> None:
    page = Page(pages[sort])
    names = {tag for tag, _ in page.elements}
    assert not names & {"link", "img", "iframe", "object", "embed", "image", "use"}
    (script,) = re.findall(r"<script>(.*?)</script>", pages[sort], re.DOTALL)
    hashed = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{hashed}'" in pages[sort]  # no other script may run
    assert not re.search(r"fetch|XMLHttpRequest|WebSocket|import\(", script)
    assert not page.having("src")
    assert all(link.startswith("#") for link in page.having("href"))
    style = pages[sort].split("<style>")[1].split("</style>")[0]
    assert "@import" not in style
    assert all(target.startswith("#") for target in re.findall(r"url\((.)", style))
    assert "http" not in style
    assert "default-src 'none'" in pages[sort]


@pytest.mark.parametrize("sort", SORTS)
def test_the_page_is_well_formed(pages: dict[str, str], sort: str) -> None:
    page = Page(pages[sort])
    assert not page.open
    ids = page.having("id")
    assert len(ids) == len(set(ids))
    wanted = {link[1:] for link in page.having("href")}
    wanted |= {part for value in page.having("aria-labelledby") for part in value.split()}
    assert wanted <= set(ids)


@pytest.mark.parametrize("sort", SORTS)
def test_every_drawing_is_told_in_words(pages: dict[str, str], sort: str) -> None:
    page = Page(pages[sort])
    drawings = [found for tag, found in page.elements if tag == "svg"]
    assert all(
        found.get("aria-hidden") or (found.get("role") and found.get("aria-labelledby"))
        for found in drawings
    )
    figures = re.findall(r'<figure class="chart"[^>]*>.*?</figure>', pages[sort], re.DOTALL)
    assert len(figures) >= 3
    assert all("<table" in figure for figure in figures)


def test_melody_bass_and_drums_differ_in_more_than_colour(pages: dict[str, str]) -> None:
    roll = re.search(r'<div class="roll".*?</div>', pages["examples"], re.DOTALL)
    assert roll is not None
    for role in ("melody", "bass", "drums"):
        assert f'class="fill {role}"' in roll[0]
    style = resources.files("vaeprep.inspection.page").joinpath("page.css").read_text("utf-8")
    assert ".fill.bass { fill: url(#stripes)" in style
    words = Page(pages["examples"]).words
    assert re.search(
        r"Melody: \d+ notes?, .* [Bb]ass: \d+ notes?, .* [Dd]rums: \d+ strokes", words
    )


def test_hostile_names_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    songs = []
    for number, text in enumerate(HOSTILE):
        song = NoteSequence(id=f"{text}{number}", filename=text, total_time=2.0)
        song.notes.add(pitch=60 + number, velocity=80, end_time=2.0)
        song.text_annotations.add(text=text, annotation_type=1)
        songs.append(song.SerializeToString())
    example = NoteSequence(ticks_per_quarter=220, total_time=1.0)
    example.tempos.add(qpm=120)
    example.notes.add(pitch=60, velocity=80, end_time=1.0)
    example.text_annotations.add(text=HOSTILE[0], annotation_type=1)
    ids = [f"{text}{number}" for number, text in enumerate(HOSTILE)]
    songs.append(note_sequence_payload(example.SerializeToString(), b"", ids))
    path = tmp_path / "<b>songs&amp;"
    write_records(path, songs)
    text = to_html(inspect_files(find_files([str(path)])))
    page = Page(text)
    tags = [tag for tag, _ in page.elements]
    scripts = [found for tag, found in page.elements if tag == "script"]
    run = [found for found in scripts if "type" not in found]
    assert len(run) == 1  # the page's own; the others are data
    assert "img" not in tags
    assert not any(name.startswith("on") for _, found in page.elements for name in found)
    assert HOSTILE[0] in page.words
    assert "$title ${style} &lt;b&gt;" in page.words
    assert "\x1b" not in text
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert not page.open


def test_the_same_files_give_the_same_page(songs: Path) -> None:
    files = find_files([str(songs)])
    assert to_html(inspect_files(files)) == to_html(inspect_files(files))


@pytest.mark.parametrize("config", ["hierdec-trio_16bar", "groovae_4bar", "cat-mel_2bar_small"])
def test_nothing_is_lost_in_the_funnel(
    songs: Path, shards: Callable[[str], Path], config: str
) -> None:
    summary = from_json(summary_path(shards(config)).read_text("utf-8"))
    _, trial = look(songs, config, Filters())
    for funnel in (of_run(summary), of_trial(trial)):
        assert [stage.unit for stage in funnel.stages] == ["song", "piece", "example"]
        for stage in funnel.stages:
            assert stage.count == sum(part.count for part in stage.parts)
        assert funnel.unique == summary.unique


def test_reasons_tell_the_limits_that_were_used(tmp_path: Path, songs: Path) -> None:
    found, _ = look(songs, "cat-mel_2bar_small", Filters(max_num_notes=300, min_velocities=2))
    words = Page(to_html(found)).words
    assert "The limit is 300 notes." in words
    assert "more notes than the limit" in words


def run(songs: Path, prefix: Path, **options: Any) -> Summary:
    with ThreadPoolExecutor(1) as executor:
        return vaeprep.run(
            input_tfrecord=songs,
            output_tfrecord=prefix,
            output_shards=2,
            executor=executor,
            **options,
        )


def test_a_run_with_evaluation_is_one_funnel(tmp_path: Path, songs: Path) -> None:
    prefix = tmp_path / "mel"
    summary = run(songs, prefix, config="cat-mel_2bar_small", eval_fraction=0.4)
    write_report(tmp_path / "page.html", summary, prefix)
    words = Page((tmp_path / "page.html").read_text("utf-8")).words
    assert f"{summary.evaluation:,} for evaluation" in words
    both = inspect_files(find_files([f"{prefix}-0*", f"{prefix.with_name('eval-mel')}-0*"]))
    assert len(both.runs) == 1
    assert f"{summary.unique:,} training examples" in Page(to_html(both)).words


def test_tensor_shards_have_a_report_with_piano_rolls(tmp_path: Path, songs: Path) -> None:
    prefix = tmp_path / "mel"
    summary = run(songs, prefix, config="cat-mel_2bar_small", format="tensors")
    write_report(tmp_path / "page.html", summary, prefix)
    assert 'class="roll"' in (tmp_path / "page.html").read_text("utf-8")


def test_a_run_without_examples_has_a_report(tmp_path: Path, songs: Path) -> None:
    prefix = tmp_path / "none"
    filters = Filters(max_num_notes=1)
    summary = run(songs, prefix, config="cat-mel_2bar_small", filters=filters)
    assert summary.unique == 0
    write_report(tmp_path / "page.html", summary, prefix)
    words = Page((tmp_path / "page.html").read_text("utf-8")).words
    assert "No examples were found" in words
    assert "more notes than the limit" in words


def test_a_report_of_a_large_run_is_from_a_fair_sample(tmp_path: Path, songs: Path) -> None:
    prefix = tmp_path / "mel"
    summary = run(songs, prefix, config="cat-mel_2bar_small")
    write_report(tmp_path / "page.html", summary, prefix, most_read=10)
    words = Page((tmp_path / "page.html").read_text("utf-8")).words
    first = summary.shards["notesequences"][0].records
    assert f"{first:,} of {summary.unique:,} examples were read" in words
    assert f"{summary.unique:,} training examples" in words
    assert "vaeprep export 'mel-?????-of-00002' --index" in words
    write_report(tmp_path / "page.html", summary, prefix)
    assert "fair sample" not in (tmp_path / "page.html").read_text("utf-8")


def test_a_summary_of_other_shards_is_not_believed(tmp_path: Path, songs: Path) -> None:
    prefix = tmp_path / "mel"
    run(songs, prefix, config="cat-mel_2bar_small")
    shard = next(tmp_path.glob("mel-00000*"))
    shard.write_bytes(shard.read_bytes() * 2)
    assert not inspect_files(find_files([str(shard)])).runs


def test_nothing_but_a_page_is_written_over(tmp_path: Path, songs: Path) -> None:
    prefix = tmp_path / "mel"
    summary = run(songs, prefix, config="cat-mel_2bar_small")
    shard = next(tmp_path.glob("mel-00000*"))
    before = shard.read_bytes()
    with pytest.raises(UsageError, match="no HTML page"):
        write_report(shard, summary, prefix)
    assert shard.read_bytes() == before
    with pytest.raises(UsageError, match="folder"):
        write_report(tmp_path, summary, prefix)
    for _ in range(2):
        write_report(tmp_path / "page.html", summary, prefix)


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance of #rrggbb."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_drawings_have_contrast(scheme: str) -> None:
    style = resources.files("vaeprep.inspection.page").joinpath("page.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(blocks) == 2
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[scheme == "dark"]))
    for ground in ("paper", "card"):
        for text in ("ink", "muted", "accent"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for mark in ("melody", "bass", "drums", "other", "dropped", "failed"):
            assert contrast(colours[mark], colours[ground]) >= 3, (mark, ground)


def test_a_melody_that_the_bass_doubles_is_still_seen(tmp_path: Path) -> None:
    example = NoteSequence(ticks_per_quarter=220, total_time=1.0)
    example.tempos.add(qpm=120)
    for pitch, program in ((48, 0), (48, 33), (60, 0)):
        example.notes.add(
            pitch=pitch, velocity=80, end_time=1.0, program=program, instrument=program
        )
    write_records(tmp_path / "one", [example.SerializeToString()])
    text = to_html(inspect_files(find_files([str(tmp_path / "one")])))
    (outline,) = re.findall(r'<path d="([^"]*)" class="fill melody outline">', text)
    (bass,) = re.findall(r'<path d="([^"]*)" class="fill bass">', text)
    assert outline == bass


def test_a_drum_that_sounds_on_makes_no_empty_bars() -> None:
    groove = NoteSequence(ticks_per_quarter=220)
    groove.tempos.add(qpm=120)
    for step in range(64):
        start = step / 8
        groove.notes.add(
            pitch=36, velocity=80, start_time=start, end_time=start + 0.3, is_drum=True
        )
    assert frame_of(decode(groove.SerializeToString())).bars == 4
    groove.notes.add(pitch=60, velocity=80, start_time=7.9, end_time=8.2)
    assert frame_of(decode(groove.SerializeToString())).bars == 5


def test_the_page_about_a_run_without_examples_says_what_was_read_and_why(
    tmp_path: Path, songs: Path
) -> None:
    waltzes = []
    for record in read_records(songs):
        assert isinstance(record, Record)
        song = NoteSequence.FromString(record.payload)
        del song.time_signatures[:]
        song.time_signatures.add(numerator=3, denominator=4)
        waltzes.append(song.SerializeToString())
    write_records(tmp_path / "songs", waltzes)
    with ThreadPoolExecutor(1) as executor:
        summary = vaeprep.run(
            input_tfrecord=tmp_path / "songs",
            output_tfrecord=tmp_path / "mel",
            config="cat-mel_2bar_small",
            executor=executor,
        )
    assert not summary.unique
    write_report(tmp_path / "page.html", summary, tmp_path / "mel")
    words = Page((tmp_path / "page.html").read_text("utf-8")).words
    assert "24 songs were read." in words
    assert "24 of 24 songs gave nothing" in words
    assert "What may help: --meter (see Option below)." in words
    assert "Read: ." not in words


def test_a_song_that_failed_is_named_by_its_file(tmp_path: Path) -> None:
    song = NoteSequence(id="/id/midi/a/1234", filename="loud_drums.mid", total_time=8.0)
    song.tempos.add(qpm=120)
    for beat in range(16):
        song.notes.add(
            pitch=20, velocity=80, start_time=beat / 2, end_time=beat / 2 + 0.1
        ).is_drum = True
    write_records(tmp_path / "songs", [song.SerializeToString()])
    trial = new_trial(choose_engine("groovae_4bar", "auto", None), None, 6)
    found = inspect_files(find_files([str(tmp_path / "songs")]), trial=trial)
    text = to_html(found)
    could_not = text.partition('id="faults"')[2]
    assert "loud_drums.mid" in could_not
    assert "loud_<wbr>drums.mid" in text


def test_every_table_and_chart_has_a_name_for_those_who_hear_the_page(
    pages: dict[str, str],
) -> None:
    for text in pages.values():
        named = [
            found.get("aria-label")
            for tag, found in Page(text).elements
            if tag in ("table", "figure") or "tabindex" in found
        ]
        assert len(named) > 3
        assert all(named)
