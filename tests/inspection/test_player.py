"""Promises of the page's script, kept in a real browser: it plays what is drawn."""

import base64
import io
from typing import Any

import numpy as np
import pretty_midi
import pytest

from tests.inspection.browser import ask
from vaeprep.files.tfrecord import write_records
from vaeprep.inputs.find import find_files
from vaeprep.inspection.page.page import to_html
from vaeprep.inspection.statistics import inspect_files
from vaeprep.music.protos import NoteSequence

RATE = 44100

# (pitch, start, end, program, is_drum): melody, bass, another instrument, drums
NOTES = [
    (60, 0.0, 0.5, 0, False),
    (76, 0.5, 1.0, 0, False),
    (36, 1.0, 1.5, 33, False),
    (67, 1.5, 2.0, 60, False),
    (36, 2.0, 2.1, 0, True),
    (42, 2.5, 2.6, 0, True),
]

PROBE = """
  const roll = document.querySelector(".roll[data-notes]");
  const notes = vaeprep.notesOf(roll);
  const context = new OfflineAudioContext(1, 44100 * 3, 44100);
  vaeprep.schedule(context, context.destination, notes, 0);
  const samples = (await context.startRendering()).getChannelData(0);
  const bytes = new Uint8Array(new Int16Array(samples.map((x) => 32767 * x)).buffer);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  let midi = "";
  for (const byte of vaeprep.midiFile(notes)) midi += String.fromCharCode(byte);
  const button = document.querySelector(".buttons button");
  const labels = [button.getAttribute("aria-label")];
  button.focus();
  button.click();
  await new Promise((done) => setTimeout(done, 300));
  labels.push(button.getAttribute("aria-label"));
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  labels.push(button.getAttribute("aria-label"));
  return {
    samples: btoa(text), midi: btoa(midi), labels, errors: probeErrors,
    requests: performance.getEntriesByType("resource").map((entry) => entry.name),
    buttons: document.querySelectorAll(".buttons button").length,
    rolls: document.querySelectorAll(".roll[data-notes]").length,
  };
"""


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a browser says of a page of one song."""
    folder = tmp_path_factory.mktemp("player")
    song = NoteSequence(id="a", filename="a.mid", total_time=3.0)
    song.tempos.add(qpm=120)
    for pitch, start, end, program, is_drum in NOTES:
        song.notes.add(
            pitch=pitch,
            velocity=100,
            start_time=start,
            end_time=end,
            program=program,
            is_drum=is_drum,
            instrument=9 if is_drum else program,
        )
    write_records(folder / "songs", [song.SerializeToString()])
    text = to_html(inspect_files(find_files([str(folder / "songs")])))
    return ask(text, PROBE, folder)


def loudest(samples: np.ndarray[Any, Any], start: float, end: float) -> float:
    """The strongest frequency of a stretch, Hz."""
    part = samples[int(start * RATE) : int(end * RATE)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 17))
    return float(spectrum.argmax() * RATE / (1 << 17))


def test_every_note_sounds_at_its_pitch(answer: dict[str, Any]) -> None:
    samples = np.frombuffer(base64.b64decode(answer["samples"]), "<i2").astype(float)
    for pitch, start, end, _, is_drum in NOTES:
        part = samples[int(start * RATE) : int(end * RATE)]
        assert np.abs(part).max() > 500, pitch
        if not is_drum:
            wanted = 440 * 2 ** ((pitch - 69) / 12)
            heard = loudest(samples, start + 0.12, end - 0.02)
            assert abs(12 * np.log2(heard / wanted)) < 0.5, (pitch, heard)


def test_drums_are_told_apart_by_ear(answer: dict[str, Any]) -> None:
    samples = np.frombuffer(base64.b64decode(answer["samples"]), "<i2").astype(float)
    assert loudest(samples, 2.0, 2.2) < 200  # the kick
    assert loudest(samples, 2.5, 2.56) > 5000  # the hi-hat


def test_a_saved_midi_file_holds_the_notes_that_are_drawn(answer: dict[str, Any]) -> None:
    midi = pretty_midi.PrettyMIDI(io.BytesIO(base64.b64decode(answer["midi"])))
    found = sorted(
        (note.pitch, round(note.start, 2), round(note.end, 2), part.program, part.is_drum)
        for part in midi.instruments
        for note in part.notes
    )
    assert found == sorted(NOTES)


def test_buttons_say_what_they_do_and_escape_stops(answer: dict[str, Any]) -> None:
    assert answer["labels"] == ["Play a.mid", "Stop a.mid", "Play a.mid"]
    assert answer["buttons"] == 2 * answer["rolls"]


def test_the_script_runs_without_an_error_and_asks_for_nothing(answer: dict[str, Any]) -> None:
    assert answer["errors"] == []
    assert answer["requests"] == []
