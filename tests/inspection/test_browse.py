"""Promises of turning to more of the music, kept in a real browser."""

import csv
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import vaeprep
from tests.inspection.browser import ask
from vaeprep.engines.choice import choose_engine
from vaeprep.files.tfrecord import write_records
from vaeprep.inputs.find import find_files
from vaeprep.inspection.page.document import document
from vaeprep.inspection.page.markup import Markup
from vaeprep.inspection.page.page import to_html, write_report
from vaeprep.inspection.page.songs import SongTable, songs_part
from vaeprep.inspection.statistics import inspect_files
from vaeprep.inspection.trial import new_trial
from vaeprep.job.songs import SongResult
from vaeprep.music.protos import NoteSequence

PROBE = """
  await vaeprep.browsing;
  const answer = { errors: probeErrors };
  const part = document.querySelector("#examples-random");
  const headings = () => [...part.querySelectorAll(".card h3")].map((one) => one.textContent);
  const status = () => part.querySelector(".status").textContent;
  const press = (text) => [...part.querySelectorAll(".browse button")]
    .find((one) => one.textContent === text).click();
  const select = part.querySelector("select");
  answer.choices = [...select.options].map((one) => one.textContent);
  answer.first = [headings(), status()];
  press("Next");
  answer.second = [headings(), status()];
  press("Earlier");
  answer.again = headings();
  press("Another draw");
  answer.drawn = [headings(), status()];
  select.selectedIndex = answer.choices.indexOf("with the most notes a second");
  select.dispatchEvent(new Event("change"));
  answer.densest = [headings(), [...part.querySelectorAll(".roll")]
    .map((one) => JSON.parse(one.dataset.notes).length / 6)];
  answer.players = part.querySelectorAll(".buttons button").length;
  const next = [...part.querySelectorAll(".browse button")]
    .find((one) => one.textContent === "Next");
  next.focus();
  for (let i = 0; i < 20 && !next.disabled; i += 1) next.click();
  answer.atTheEnd = [next.disabled, document.activeElement.textContent];

  const songs = document.querySelector("#songs-of-run-0");
  const rows = () => [...songs.querySelectorAll("tbody tr")]
    .map((row) => [...row.cells].map((cell) => cell.firstChild?.textContent ?? ""));
  const heads = [...songs.querySelectorAll("thead button")];
  answer.rows = rows();
  heads[2].click();
  answer.ascending = rows().map((row) => row[2]);
  heads[2].click();
  answer.descending = rows().map((row) => row[2]);
  answer.sorted = songs.querySelectorAll("th")[2].getAttribute("aria-sort");
  const input = songs.querySelector("input");
  input.value = answer.rows[3][0].toUpperCase();
  input.dispatchEvent(new Event("input"));
  answer.found = rows();
  input.value = "";
  input.dispatchEvent(new Event("input"));
  const link = songs.querySelector("tbody button");
  answer.song = link.textContent;
  link.click();
  answer.ofSong = [...part.querySelectorAll(".card .song")].map((one) => one.textContent);
  answer.ofSongStatus = status();
  answer.csv = vaeprep.csv([
    { id: "/id/1", title: '=1+"2"', pieces: 3, examples: 4, failed: false, why: "a, b" }]);
  answer.requests = performance.getEntriesByType("resource").map((entry) => entry.name);
  return answer;
"""


@pytest.fixture(scope="module")
def page(songs: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a run."""
    folder = tmp_path_factory.mktemp("browse")
    prefix = folder / "mel"
    with ThreadPoolExecutor(1) as executor:
        summary = vaeprep.run(
            input_tfrecord=songs,
            output_tfrecord=prefix,
            output_shards=2,
            config="cat-mel_2bar_small",
            executor=executor,
        )
    write_report(folder / "page.html", summary, prefix)
    return (folder / "page.html").read_text("utf-8")


@pytest.fixture(scope="module")
def answer(page: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return ask(page, PROBE, tmp_path_factory.mktemp("browser"))


def test_the_scripts_run_without_an_error_and_ask_for_nothing(answer: dict[str, Any]) -> None:
    assert answer["errors"] == []
    assert answer["requests"] == []


def test_six_examples_are_shown_and_six_others_next(answer: dict[str, Any]) -> None:
    headings, status = answer["first"]
    assert len(headings) == len(set(headings)) == 6
    assert status.startswith("1 to 6 of")
    others, status = answer["second"]
    assert len(others) == 6
    assert not set(others) & set(headings)
    assert status.startswith("7 to 12 of")
    assert answer["again"] == headings


def test_another_draw_shows_others(answer: dict[str, Any]) -> None:
    headings, status = answer["drawn"]
    assert len(set(headings)) == 6
    assert headings != answer["first"][0]
    assert status.startswith("1 to 6 of")


def test_who_turns_with_keys_keeps_the_place_at_the_end(answer: dict[str, Any]) -> None:
    assert answer["atTheEnd"] == [True, "Earlier"]


def test_all_choices_are_there_and_what_is_shown_can_be_played(answer: dict[str, Any]) -> None:
    assert answer["choices"][0] == "drawn by lot"
    assert {"of the longest music", "with the most notes a second"} <= set(answer["choices"])
    _, notes = answer["densest"]
    assert notes == sorted(notes, reverse=True)
    assert answer["players"] == 2 * len(notes)


def test_songs_are_named_by_their_files_sorted_and_found(answer: dict[str, Any]) -> None:
    assert len(answer["rows"]) == 24
    assert answer["rows"][0][0].startswith("song-")
    numbers = [int(text) for text in answer["ascending"]]
    assert numbers == sorted(numbers)
    assert [int(text) for text in answer["descending"]] == sorted(numbers, reverse=True)
    assert answer["sorted"] == "descending"
    assert [row[0] for row in answer["found"]] == [answer["rows"][3][0]]


def test_a_click_on_a_song_shows_its_examples(answer: dict[str, Any]) -> None:
    assert answer["ofSongStatus"].endswith(f"of {answer['song']}")
    assert answer["song"] in answer["ofSong"]


def test_the_saved_table_is_a_csv_that_runs_no_formula(answer: dict[str, Any]) -> None:
    head, row = csv.reader(io.StringIO(answer["csv"]))
    assert head == ["song", "id", "pieces", "examples", "failed", "why none"]
    assert row == ['\'=1+"2"', "/id/1", "3", "4", "", "a, b"]


def test_without_a_script_the_table_and_the_first_examples_are_there(page: str) -> None:
    assert page.count('class="card"') >= 6
    assert page.count('<tr><th scope="row">song-') >= 24
    assert len(page) < 3_000_000


MANY = [
    SongResult(
        f"/id/{n}", f"{n}.mid" if n % 3 else "", n % 7, n % 5, None, "" if n % 5 else "why"
    )
    for n in range(5000)
]

FINDS = """
  await vaeprep.browsing;
  const answer = { errors: probeErrors };
  const part = document.querySelector("#songs");
  const save = async () => {
    let saved = null;
    URL.createObjectURL = (blob) => { saved = blob; return "#"; };
    [...part.querySelectorAll("button")]
      .find((one) => one.textContent === "Save as CSV").click();
    return saved.text();
  };
  answer.shown = part.querySelectorAll("tbody tr").length;
  answer.csv = await save();
  const input = part.querySelector("input");
  input.value = "4321.mid";
  input.dispatchEvent(new Event("input"));
  answer.found = [...part.querySelectorAll("tbody tr")].map((row) => row.textContent);
  answer.csvOfFound = await save();
  return answer;
"""


def test_all_songs_are_found_and_saved_though_the_table_holds_fewer(tmp_path: Path) -> None:
    content = songs_part(SongTable(MANY, 9000, "all.jsonl"), "songs", "")
    text = document("Songs", [], [("songs", "Songs", content)], Markup())
    assert "the first 5,000 of 9,000 songs. The file all.jsonl beside" in text
    answer = ask(text, FINDS, tmp_path)
    assert answer["errors"] == []
    assert answer["shown"] == 300
    rows = list(csv.reader(io.StringIO(answer["csv"].removeprefix("\ufeff"))))[1:]
    assert [(row[1], int(row[2]), int(row[3]), row[5]) for row in rows] == [
        (song.source_id, song.pieces, song.examples, song.why) for song in MANY
    ]
    assert [row[0] for row in rows] == [song.name or song.source_id for song in MANY]
    assert len(answer["found"]) == 1
    assert len(answer["csvOfFound"].splitlines()) == 2


def test_names_without_end_make_no_page_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaeprep.inspection.page.songs.MOST_CHARACTERS", 1000)
    intro, *_ = songs_part(SongTable(MANY, len(MANY)), "songs", "")
    listed = int(intro.partition("the first ")[2].split(" of ")[0].replace(",", ""))
    assert 50 < listed < 150


NARROW = """
  const frame = document.querySelector("iframe");
  await new Promise((done) => { frame.onload = done; frame.srcdoc = window.inner; });
  await frame.contentWindow.vaeprep.browsing;
  const { documentElement: root, defaultView: view } = frame.contentDocument;
  return {
    errors: probeErrors,
    inner: view.innerWidth,
    width: root.clientWidth, // without the scroll bar
    needed: root.scrollWidth,
  };
"""


def test_long_names_make_no_narrow_page_wide(tmp_path: Path) -> None:
    name = "afolderwithanamethathasnoparts" * 2 + "/a_very_long_name.mid"
    song = NoteSequence(id="/id/midi/" + "0123456789abcdef" * 4, filename=name, total_time=8)
    song.time_signatures.add(numerator=3, denominator=4)
    song.tempos.add(qpm=120)
    for beat in range(16):
        song.notes.add(pitch=60, velocity=80, start_time=beat / 2, end_time=beat / 2 + 0.4)
    write_records(tmp_path / "songs", [song.SerializeToString()])
    choice = choose_engine("hier-multiperf_vel_1bar_med_chords", "auto", None)
    trial = new_trial(choice, None, 6)
    text = to_html(inspect_files(find_files([str(tmp_path / "songs")]), trial=trial))
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    inner = json.dumps(text).replace("</", "<\\/")
    outer = (
        '<iframe style="width: 390px; height: 800px; border: 0"></iframe>'
        f"<script>window.inner = {inner};</script></body>"
    )
    answer = ask(outer, NARROW, tmp_path)
    assert answer["errors"] == []
    assert answer["inner"] == 390
    assert answer["needed"] == answer["width"]
