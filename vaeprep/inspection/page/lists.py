"""The lists on the page: what could not be used, and the words."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vaeprep.inspection.page.markup import Markup, tag
from vaeprep.inspection.statistics import Inspection
from vaeprep.inspection.words import in_plain_words, plural, printable
from vaeprep.job.report import Fault

_WORDS = (
    ("Song", "One entry of the input, usually one MIDI file: its notes with their times."),
    ("Piece", "A stretch of a song with one tempo and one meter."),
    (
        "Configuration",
        "One of MusicVAE's models with its settings. It decides how long an example is and "
        "who plays in it.",
    ),
    (
        "Example",
        "A short stretch of music in exactly the form that the model learns from, such as "
        "two bars of melody.",
    ),
    (
        "Repeat",
        "An example with exactly the same notes as one before. It is kept once, and "
        "remembers all songs that it was found in.",
    ),
    (
        "Option",
        "A word that is added to vaeprep's command, such as --meter 4/4. Some options make "
        "music usable that is not without them.",
    ),
    (
        "Training, evaluation",
        "The model learns from the examples for training. Those for evaluation it never sees; "
        "they test what it has learnt.",
    ),
    (
        "Magenta, MusicVAE",
        "A research project of Google, and its model that learns to make music from examples.",
    ),
    ("Summary", "The file vaeprep-NAME.json that a run leaves: all that it counted."),
    ("Id", "A song's name for programs. It stays the same, whatever the file is called."),
    ("Run", "One pass of vaeprep over the songs, from the first song to the last example."),
    ("Median", "The one in the middle: half of all are smaller, half are larger."),
    ("Bar, beat", "Music is counted in beats; four beats are most often one bar."),
    ("Pitch", "How high a note is, counted in keys of a piano. C4 is the C in the middle."),
    ("Velocity", "MIDI's word for how hard a key is struck, so how loud the note is."),
)


def faults_part(inspection: Inspection, names: Mapping[str, str]) -> list[Markup]:
    """The records and songs that could not be used; nothing if there are none.

    Args:
        inspection: What was found.
        names: The file names of songs by their ids, as far as they are known.
    """
    named: list[Fault] = list(inspection.faults)
    count = sum(inspection.fault_counts.values())
    for run in inspection.runs:
        named += run.summary.faults
        count += sum(run.summary.fault_counts.values())
    if inspection.trial is not None:
        named += inspection.trial.faults
        count += sum(inspection.trial.fault_counts.values())
    if not count:
        return []
    rows = [
        (
            printable(names.get(fault.source_id) or fault.source_id or Path(fault.path).name),
            f"{fault.kind}: {fault.cause or in_plain_words(fault.reason)}",
        )
        for fault in named
    ]
    intro = f"{plural(count, 'entry', 'entries')} could not be used; everything else was."
    if count > len(named):
        intro += f" The first {len(named):,} are named here."
    table = scrolled((None, None), ("song or file", "why"), rows, "What could not be used")
    return [tag("p", intro), table]


def words_part() -> list[Markup]:
    """What the words on the page mean."""
    items = [tag("div", tag("dt", word), tag("dd", meaning)) for word, meaning in _WORDS]
    return [tag("dl", *items, class_="words")]


def scrolled(
    styles: Sequence[str | None],
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    name: str,
    kind: str = "list",
) -> Markup:
    """A table that scrolls; each row begins with its label.

    Args:
        styles: The style of each column, or None.
        headings: Of each column.
        rows: Their texts.
        name: What the table tells, for those who hear the page.
        kind: The style of the whole.
    """
    head = tag(
        "tr",
        *(
            tag("th", text, scope="col", class_=of_column)
            for text, of_column in zip(headings, styles, strict=True)
        ),
    )
    lines = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(
                tag("td", text, class_=of_column)
                for text, of_column in zip(row[1:], styles[1:], strict=True)
            ),
        )
        for row in rows
    ]
    table = tag("table", tag("thead", head), tag("tbody", *lines), aria_label=name)
    return scrolling(table, name, kind)


def scrolling(table: Markup, name: str, kind: str) -> Markup:
    """A table in a box that scrolls, with keys too.

    Args:
        table: The table.
        name: What it tells, for those who hear the page.
        kind: The style of the box.
    """
    return tag("div", table, class_=kind, tabindex=0, role="group", aria_label=name)
