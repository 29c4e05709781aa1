"""Charts as inline SVG, each with a title, a description and its numbers as a table."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vaeprep.inspection.page.markup import Markup, decimal, join, tag
from vaeprep.inspection.spread import Bin
from vaeprep.inspection.words import note_name, number, percent

_WIDTH = 360
_LEFT = 40
_TOP = 16
_PLOT_HEIGHT = 112
_AXIS_HEIGHT = 20
_KEYS_HEIGHT = 9
_MOST_LABELS = 6
_BLACK_KEYS = frozenset({1, 3, 6, 8, 10})
_MIDDLE_C = 60
_WIDEST_BAR = 56
_LETTER = 6.4
_CEILINGS = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a chart.

    Attributes:
        name: A short name without spaces, unique on the page.
        title: What the chart shows.
        about: One or two sentences for those who see such a chart for the first time.
        unit: What the bars count, e.g. "examples".
    """

    name: str
    title: str
    about: str
    unit: str


@dataclass(frozen=True, slots=True)
class Layer:
    """One colour of a stacked chart: its name, its class in the style, its counts."""

    label: str
    style: str
    counts: Sequence[int]


def histogram(
    text: Text,
    bins: Sequence[Bin],
    label: Callable[[float], str],
    heading: str,
    name_ranges: bool = False,
) -> Markup:
    """A chart of bars over a number line.

    Args:
        text: Its words.
        bins: The bars.
        label: How an edge is written.
        heading: Heading of the first column of the table.
        name_ranges: Write "3-4" below a bar instead of its lower edge, for bars
            of unequal range.
    """
    names = [_bin_name(bin_, label) for bin_ in bins]
    ticks = [name.replace(" to ", "-") for name in names] if name_ranges else None
    layer = Layer(text.unit, "plain", [bin_.count for bin_ in bins])
    plot = join([_plot([layer], names, text.unit), _edge_labels(bins, label, ticks)])
    return _figure(text, plot, [layer], names, heading, _TOP + _PLOT_HEIGHT + _AXIS_HEIGHT)


def pitch_histogram(text: Text, layers: Sequence[Layer]) -> Markup:
    """A chart of bars over a piano keyboard, one bar a pitch, layers on each other.

    Args:
        text: Its words.
        layers: Counts for the pitches 0 to 127; at least one is above 0.
    """
    total = np.sum([layer.counts for layer in layers], axis=0)
    low, high = _octaves(total)
    shown = [
        Layer(layer.label, layer.style, list(layer.counts[low : high + 1])) for layer in layers
    ]
    names = [note_name(pitch) for pitch in range(low, high + 1)]
    plot = join([_plot(shown, names, text.unit), _keyboard(low, high)])
    height = _TOP + _PLOT_HEIGHT + _KEYS_HEIGHT + _AXIS_HEIGHT
    key = legend([(layer.label, layer.style) for layer in layers]) if len(layers) > 1 else ""
    return _figure(text, plot, shown, names, "pitch", height, key)


def ranking(text: Text, rows: Sequence[tuple[str, int]], whole: int, heading: str) -> Markup:
    """A table with a bar in each row, for names and their counts.

    Args:
        text: Its words.
        rows: Names with counts, the largest first.
        whole: What 100 % is.
        heading: Heading of the names.
    """
    most = max((count for _, count in rows), default=0) or 1
    lines = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            tag("td", _row_bar(count / most), class_="bar"),
            tag("td", number(count), class_="n"),
            tag("td", percent(count, whole), class_="n share"),
        )
        for name, count in rows
    ]
    head = tag(
        "tr",
        tag("th", heading, scope="col"),
        tag("td", class_="bar"),
        tag("th", text.unit, scope="col", class_="n"),
        tag("th", "share", scope="col", class_="n share"),
    )
    table = tag(
        "table",
        tag("thead", head),
        tag("tbody", *lines),
        class_="ranking",
        aria_label=text.title,
    )
    return tag("figure", _caption(text), table, class_="chart", aria_label=text.title)


def legend(entries: Sequence[tuple[str, str]]) -> Markup:
    """Names with their colours and shapes.

    Args:
        entries: Name, and class in the style.
    """
    items = [tag("li", swatch(style), label) for label, style in entries]
    return tag("ul", *items, class_="legend")


def swatch(style: str) -> Markup:
    """A small sample of a colour and its pattern."""
    shape = (
        tag("path", d="M7 1l5 5-5 5-5-5z", class_=f"fill {style}")
        if style == "drums"
        else tag("rect", x=1, y=2.5, width=12, height=7, class_=f"fill {style}")
    )
    return tag("svg", shape, class_="swatch", viewBox="0 0 14 12", aria_hidden="true")


def table(text: Text, heading: str, names: Sequence[str], layers: Sequence[Layer]) -> Markup:
    """The numbers of a chart; rows without any count are left out."""
    total = sum(sum(layer.counts) for layer in layers)
    labels = [layer.label for layer in layers] if len(layers) > 1 else [text.unit]
    head = tag(
        "tr",
        tag("th", heading, scope="col"),
        *(tag("th", label, scope="col", class_="n") for label in labels),
        tag("th", "share", scope="col", class_="n"),
    )
    lines = []
    for row, name in enumerate(names):
        counts = [layer.counts[row] for layer in layers]
        if any(counts):
            lines.append(
                tag(
                    "tr",
                    tag("th", name, scope="row"),
                    *(tag("td", number(count), class_="n") for count in counts),
                    tag("td", percent(sum(counts), total), class_="n"),
                )
            )
    return tag(
        "details",
        tag("summary", "The numbers as a table"),
        tag(
            "div",
            tag("table", tag("thead", head), tag("tbody", *lines), aria_label=text.title),
            class_="scroll",
            tabindex=0,
            role="group",
            aria_label=f"{text.title}: the numbers",
        ),
    )


def _figure(
    text: Text,
    plot: Markup,
    layers: Sequence[Layer],
    names: Sequence[str],
    heading: str,
    height: float,
    key: Markup | str = "",
) -> Markup:
    title_id, about_id = f"{text.name}-title", f"{text.name}-desc"
    drawing = tag(
        "svg",
        tag("title", text.title, id=title_id),
        tag("desc", _described(layers, names, text.unit), id=about_id),
        plot,
        viewBox=f"0 0 {_WIDTH} {decimal(height)}",
        role="img",
        aria_labelledby=f"{title_id} {about_id}",
    )
    return tag(
        "figure",
        _caption(text),
        key,
        drawing,
        table(text, heading, names, layers),
        class_="chart",
        aria_label=text.title,
    )


def _caption(text: Text) -> Markup:
    return tag("figcaption", tag("h3", text.title), tag("p", text.about))


def _described(layers: Sequence[Layer], names: Sequence[str], unit: str) -> str:
    """The chart in a sentence, for those who hear the page."""
    total = [int(sum(values)) for values in zip(*(la.counts for la in layers), strict=True)]
    tallest = max(range(len(total)), key=total.__getitem__)
    return (
        f"A bar chart. It runs from {names[0]} to {names[-1]}; the tallest bar is at "
        f"{names[tallest]}: {number(total[tallest])} of {number(sum(total))} {unit}."
    )


def _plot(layers: Sequence[Layer], names: Sequence[str], unit: str) -> Markup:
    totals = [sum(values) for values in zip(*(layer.counts for layer in layers), strict=True)]
    ceiling = _ceiling(max(totals))
    step = _step(len(totals))
    gap = min(1.5, step * 0.2)
    bars = []
    for place, name in enumerate(names):
        base = 0
        for layer in layers:
            count = layer.counts[place]
            if not count:
                continue
            # A bar of few among many is still seen.
            height = max(_PLOT_HEIGHT * count / ceiling, 0.8)
            bottom = _TOP + _PLOT_HEIGHT * (1 - base / ceiling)
            what = f"{name}: {number(count)} {layer.label}"
            bars.append(
                tag(
                    "rect",
                    tag("title", what),
                    x=_LEFT + place * step + gap / 2,
                    y=bottom - height,
                    width=step - gap,
                    height=height,
                    class_=f"fill {layer.style}",
                )
            )
            base += count
    return join([_grid(ceiling, unit), *bars])


def _step(bars: int) -> float:
    """Width of a bar with its gap; a few bars do not fill the plot."""
    return min((_WIDTH - _LEFT) / bars, _WIDEST_BAR)


def _grid(ceiling: int, unit: str) -> Markup:
    lines = [tag("text", unit, x=_LEFT, y=9)]
    for share in (0.0, 0.5, 1.0):
        y = _TOP + _PLOT_HEIGHT * (1 - share)
        value = ceiling * share
        lines.append(tag("line", x1=_LEFT, x2=_WIDTH, y1=y, y2=y, class_="grid"))
        if value == int(value):
            lines.append(tag("text", _compact(int(value)), x=_LEFT - 5, y=y + 4, class_="end"))
    return join(lines)


def _edge_labels(
    bins: Sequence[Bin], label: Callable[[float], str], names: list[str] | None
) -> Markup:
    """Labels below the bars: names in their middle, or values at lower edges."""
    step = _step(len(bins))
    ticks = names or [_tick(bin_, label) for bin_ in bins]
    widths = [_LETTER * len(tick) for tick in ticks]
    every = max(math.ceil(len(bins) / _MOST_LABELS), math.ceil((max(widths) + 6) / step))
    if names:
        every = math.ceil((max(widths) + 2) / step)
    texts = []
    for place in range(0, len(bins), every):
        is_range = not (names or _is_one_value(bins[place]) or math.isinf(bins[place].high))
        x = _LEFT + (place + (0.0 if is_range else 0.5)) * step
        x = min(x, _WIDTH - widths[place] / 2)
        y = _TOP + _PLOT_HEIGHT + 15
        texts.append(tag("text", ticks[place], x=x, y=y, class_="middle"))
    return join(texts)


def _is_one_value(bin_: Bin) -> bool:
    return bin_.high - bin_.low == 1 and bin_.low == int(bin_.low)


def _tick(bin_: Bin, label: Callable[[float], str]) -> str:
    return f"{label(bin_.low)}+" if math.isinf(bin_.high) else label(bin_.low)


def _bin_name(bin_: Bin, label: Callable[[float], str]) -> str:
    if math.isinf(bin_.high):
        return f"{label(bin_.low)} or more"
    if _is_one_value(bin_):
        return label(bin_.low)
    whole = bin_.low == int(bin_.low) and bin_.high == int(bin_.high)
    last = bin_.high - 1 if whole else bin_.high
    return f"{label(bin_.low)} to {label(last)}"


def _keyboard(low: int, high: int) -> Markup:
    """A piano's black keys below the bars, and the names of the Cs."""
    step = (_WIDTH - _LEFT) / (high - low + 1)
    top = _TOP + _PLOT_HEIGHT + 2
    every = 1 if high - low < 72 else 2
    parts = [
        tag(
            "rect",
            x=_LEFT,
            y=top,
            width=_WIDTH - _LEFT,
            height=_KEYS_HEIGHT - 2,
            class_="white-keys",
        )
    ]
    for pitch in range(low, high + 1):
        x = _LEFT + (pitch - low) * step
        if pitch % 12 in _BLACK_KEYS:
            parts.append(
                tag("rect", x=x, y=top, width=step, height=_KEYS_HEIGHT - 3, class_="black-key")
            )
        if pitch % 12 == 0 and (pitch - _MIDDLE_C) // 12 % every == 0 and high - pitch > 3:
            y = _TOP + _PLOT_HEIGHT + _KEYS_HEIGHT + 13
            parts.append(tag("text", note_name(pitch), x=x, y=y))
    return join(parts)


def _octaves(total: NDArray[np.int64]) -> tuple[int, int]:
    """The whole octaves that hold all pitches, two of them at least."""
    present = np.flatnonzero(total)
    low = int(present[0]) // 12 * 12
    high = int(present[-1]) // 12 * 12 + 11
    if high - low < 23:
        high = low + 23
    return max(low, 0), min(high, 127)


def _row_bar(share: float) -> Markup:
    bar = tag("rect", width=max(100 * share, 0.5), height=10, class_="fill plain")
    return tag("svg", bar, viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")


def _ceiling(value: int) -> int:
    """The next number at or above a count whose half is a round number too."""
    if value <= 8:
        return max(value + value % 2, 2)
    power = 1
    while True:
        for factor in _CEILINGS:
            if factor * power >= value:
                return factor * power
        power *= 10


def _compact(value: int) -> str:
    for limit, unit in ((1_000_000, "M"), (10_000, "k")):
        if value >= limit:
            return f"{value / (limit if unit == 'M' else 1000):.3g}{unit}"
    return f"{value:,}"
