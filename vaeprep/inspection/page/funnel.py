"""The funnel as it stands on the page: a bar and a table for each stage."""

from vaeprep.inspection.funnel import Funnel, Part, Stage
from vaeprep.inspection.page.charts import swatch
from vaeprep.inspection.page.markup import Markup, tag
from vaeprep.inspection.words import about, number, percent

_SMALLEST_SHARE = 0.15
"""Percent of a bar that even the smallest part gets, to be seen."""

_INTRO = (
    "How the songs became training examples, step by step. Each bar stands for all that came "
    "in at that step; below it is what became of it, and why."
)
_CAME_IN = {"song": "were read", "piece": "of music in them", "example": "in the pieces"}


def funnel_part(found: Funnel, name: str) -> list[Markup]:
    """The funnel: an introduction and the stages.

    Args:
        found: The funnel.
        name: Unique on the page, without spaces.
    """
    stages = [_stage(stage, f"{name}-{stage.unit}") for stage in found.stages]
    return [tag("p", _INTRO), tag("ol", *stages, _last_stage(found), class_="stages")]


def _last_stage(found: Funnel) -> Markup:
    verb = "were" if found.written else "would be"
    unique = about(found.unique, found.exact)
    return tag(
        "li",
        tag("h3", tag("b", unique), f" different examples {verb} written"),
        *(tag("p", sentence) for sentence in _about_the_last(found)),
        class_="stage last",
    )


def _about_the_last(found: Funnel) -> list[str]:
    if not found.unique:
        return []
    sentences = ["Each was found in one song only."]
    if found.from_many:
        many = f"{number(found.from_many)} of them {'is' if found.from_many == 1 else 'are'}"
        sentences = [f"{many} found in more than one song."]
    if found.evaluation:
        training = number(found.unique - found.evaluation)
        evaluation = number(found.evaluation)
        sentences.append(f"{training} are for training, {evaluation} for evaluation.")
    if found.in_both:
        sentences.append(
            f"{number(found.in_both)} were found in songs of both kinds and are kept for "
            "training only, so that evaluation sees nothing that was trained on."
        )
    return sentences


def _stage(stage: Stage, name: str) -> Markup:
    unit = stage.unit if stage.count == 1 else f"{stage.unit}s"
    heading = tag("h3", tag("b", number(stage.count)), f" {unit} {_CAME_IN[stage.unit]}")
    content = [heading, tag("p", stage.about)]
    if stage.parts:
        rows = [_row(part, stage.count) for part in stage.parts]
        what = f"What became of {number(stage.count)} {unit}"
        table = tag("table", tag("tbody", *rows), aria_label=what)
        content += [_bar(stage, name), table]
    return tag("li", *content, class_="stage")


def _row(part: Part, whole: int) -> Markup:
    why = tag("small", part.about) if part.about else ""
    return tag(
        "tr",
        tag("td", swatch(part.style)),
        tag("td", number(part.count), class_="n"),
        tag("td", percent(part.count, whole), class_="n share"),
        tag("th", part.label, why, scope="row", title=part.counter or None),
    )


def _bar(stage: Stage, name: str) -> Markup:
    """One bar, its parts beside each other in percent of the width."""
    shares = [max(100 * part.count / stage.count, _SMALLEST_SHARE) for part in stage.parts]
    scale = 100 / sum(shares)
    left = 0.0
    rectangles = []
    for part, share in zip(stage.parts, shares, strict=True):
        rectangles.append(
            tag(
                "rect",
                tag("title", f"{part.label}: {number(part.count)}"),
                x=f"{left:.2f}%",
                width=f"{share * scale:.2f}%",
                height="100%",
                class_=f"fill {part.style}",
            )
        )
        left += share * scale
    spoken = ", ".join(f"{number(part.count)} {part.label}" for part in stage.parts)
    return tag(
        "svg",
        tag("title", f"{number(stage.count)} {stage.unit}s", id=f"{name}-title"),
        tag("desc", f"{spoken}.", id=f"{name}-desc"),
        *rectangles,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )
