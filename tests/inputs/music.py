"""Small files of every kind of music, put together by hand."""

import gzip
import io
import struct
import zipfile

MIDI = bytes.fromhex(
    "4d546864000000060000000100dc"  # format 0, one track, 220 ticks a quarter
    "4d54726b0000000d" + "00903c50" + "815c803c40" + "00ff2f00"
)
SCORE = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.0 Partwise//EN" "x.dtd">
<score-partwise version="3.0">
  <part-list><score-part id="P1"><part-name>Flute</part-name></score-part></part-list>
  <part id="P1"><measure number="1">
    <attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>
    </attributes>
    <note><pitch><step>C</step><octave>5</octave></pitch><duration>4</duration></note>
  </measure></part>
</score-partwise>
"""
TUNE = b"X:1\nT:One\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n"
TUNEBOOK = (
    b"%abc-2.1\nM:4/4\nL:1/8\n\nX:1\nK:C\nCDEF\n\nX:2\nK:G\nV:1\nGABc\n\nX:7\nK:D\nDEFG\n"
)


def riff(midi: bytes) -> bytes:
    """A MIDI file in a RIFF file, as .rmi files are; a chunk of odd size before it."""
    chunks = b"DISP" + struct.pack("<L", 3) + b"abc\0" + b"data" + struct.pack("<L", len(midi))
    return b"RIFF" + struct.pack("<L", 4 + len(chunks) + len(midi)) + b"RMID" + chunks + midi


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip archive of some files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # A name alone would come with the time of day.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def compressed_score(score: bytes) -> bytes:
    """A score as an .mxl file."""
    container = b'<container><rootfiles><rootfile full-path="s.xml"/></rootfiles></container>'
    return zipped({"META-INF/container.xml": container, "s.xml": score})


def every_kind() -> dict[str, bytes]:
    """A folder's worth: one file of each kind that is read."""
    return {
        "a.mid": MIDI,
        "b.MIDI": MIDI,
        "c.kar": MIDI,
        "d.rmi": riff(MIDI),
        "e.mid.gz": gzip.compress(MIDI, mtime=0),
        "f.xml": SCORE,
        "g.musicxml": SCORE,
        "h.mxl": compressed_score(SCORE),
        "i.MXL": compressed_score(SCORE),
        "j.abc": TUNE,
        "k.xml.gz": gzip.compress(SCORE, mtime=0),
        "l.zip": zipped({"x/y.mid": MIDI, "z.mxl": compressed_score(SCORE), "u.abc": TUNE}),
        "m": MIDI,
    }
