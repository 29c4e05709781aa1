"""Draws the results: bars for comparisons, lines for growth. Readable in a README."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import LogFormatter

OURS, THEIRS, LIMIT = "#0b7285", "#adb5bd", "#e8a33d"


def engines(path: Path, times_faster: Mapping[str, float]) -> None:
    """One bar a configuration: how many times faster the fast engine converts."""
    figure, axes = plt.subplots(figsize=(8, 1.2 + 0.36 * len(times_faster)))
    names = list(times_faster)[::-1]
    values = [times_faster[name] for name in names]
    axes.barh(names, values, color=OURS, height=0.65)
    _write_values(axes, values, [f"{value:.0f}×" for value in values])
    title = "CPU time of conversion: Magenta's engine / fast engine"
    axes.set_xlabel("times faster", fontsize=9)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13)
    _plain(axes)
    _save(figure, path)


def bars(
    path: Path,
    title: str,
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    across: str,
    log: bool = False,
    unit: str = "",
) -> None:
    """Horizontal bars, a panel a group; the whisker is the spread of the repetitions.

    Args:
        path: The PNG.
        title: Above all panels.
        panels: Panel title -> contestant -> values of the repetitions.
        across: What the x axis counts.
        log: Logarithmic lengths, where contestants differ a hundredfold.
        unit: Written after each value.
    """
    rows = max(map(len, panels.values()))
    figure, all_axes = plt.subplots(
        1, len(panels), figsize=(5.2 * len(panels) + 1.2, 1.3 + 0.42 * rows), squeeze=False
    )
    for axes, (panel, contestants) in zip(all_axes[0], panels.items(), strict=True):
        names = list(contestants)[::-1]
        middles = [statistics.median(contestants[name]) for name in names]
        low = [m - min(contestants[n]) for n, m in zip(names, middles, strict=True)]
        high = [max(contestants[n]) - m for n, m in zip(names, middles, strict=True)]
        axes.barh(
            names,
            middles,
            xerr=(low, high),
            color=[_colour(name) for name in names],
            ecolor="#495057",
            height=0.65,
            log=log,
        )
        ends = [middle + more for middle, more in zip(middles, high, strict=True)]
        _write_values(axes, ends, [_number(value, unit) for value in middles], log)
        axes.set_title(panel, loc="left", fontsize=11)
        axes.set_xlabel(across, fontsize=9)
        _plain(axes)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13)
    _save(figure, path)


def lines(
    path: Path,
    title: str,
    panels: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
    across: str,
    log_x: bool = True,
    log_y: bool = False,
) -> None:
    """Lines, a panel a quantity.

    Args:
        path: The PNG.
        title: Above all panels.
        panels: Panel title (with its unit) -> line name -> points.
        across: What the x axis counts.
        log_x: Logarithmic x axis.
        log_y: Logarithmic y axis.
    """
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    figure, all_axes = plt.subplots(
        rows, columns, figsize=(5 * columns + 0.6, 3.4 * rows + 0.4), squeeze=False
    )
    for axes, (panel, named) in zip(all_axes.flat, panels.items(), strict=False):
        marker = "o" if max(map(len, named.values())) < 20 else ""
        for name, points in named.items():
            x, y = zip(*points, strict=True)
            axes.plot(x, y, marker=marker, markersize=4, color=_colour(name, True), label=name)
        if log_x:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter("{x:,.0f}")
        if marker:
            measured = sorted({x for points in named.values() for x, _ in points})
            axes.set_xticks(measured)
            axes.minorticks_off()
        if log_y:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1.5, 0.5)))
        else:
            highest = max(y for points in named.values() for _, y in points)
            axes.set_ylim(0, 1.06 * highest)  # the lines' own margin is too thin from 0 up
        axes.set_xlabel(across)
        axes.set_title(panel, loc="left", fontsize=11)
        axes.grid(alpha=0.25)
        if len(named) > 1:
            axes.legend(frameon=False, fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13)
    _save(figure, path)


def _colour(name: str, line: bool = False) -> str | None:
    """Ours, the limit, and the others; lines of others take matplotlib's own colours."""
    if name.startswith(("vaeprep", "tensor")):
        return OURS
    if "constant" in name:
        return LIMIT
    return None if line else THEIRS


def _number(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def _write_values(
    axes: Axes, values: Sequence[float], texts: Sequence[str], log: bool = False
) -> None:
    """Writes a text behind the end of each bar and its whisker."""
    for place, (value, text) in enumerate(zip(values, texts, strict=True)):
        axes.annotate(
            text,
            (value, place),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    if values:
        # Room for the texts; a logarithmic bar needs a beginning of its own.
        least, most = min(values), max(values)
        if log:
            axes.set_xlim(least / 4, most * (most / least * 4) ** 0.3)
        else:
            axes.set_xlim(0, most * 1.3)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8)


def _save(figure: plt.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
