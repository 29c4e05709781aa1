"""How much sooner is the model trained?

The same MusicVAE is trained from raw songs, from NoteSequence shards, from
tensor shards, and from one constant batch in memory, which is the limit: no
loader can be faster. Each in a process of its own, in turn. From the time at
which each step ended follow steps a second, the share of the step that waited
for data, and the time to N steps including imports and preprocessing: where two
lines cross, preprocessing has paid for itself.

The model is small by default, so that two cores behave a little as a GPU does
with the real one: the faster the model, the more it waits. `--hparams ''` is
the configuration's own size.

    python -m benchmarks.training --data '/path/*.tfrecord' --config cat-mel_2bar_small
"""

import argparse
from pathlib import Path
from typing import Any

from benchmarks import inputs, options, plots, probes, report
from benchmarks.inputs import INPUTS, Prepared
from benchmarks.probes import Answers

DEFAULT_CONFIGS = ("cat-mel_2bar_small",)
SMALL = "enc_rnn_size=[32],dec_rnn_size=[32],z_size=16"
CONTESTANTS = (*inputs.FROM_FILES, inputs.CONSTANT)
STEPS_SHOWN = (100, 1_000, 10_000, 50_000)


def main() -> None:
    """Measures and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    options.add_patience(parser)
    parser.add_argument("--hparams", default=SMALL)
    parser.add_argument("--seconds", type=float, default=20, help="of training, after step 1")
    parser.add_argument("--steps", type=int, default=10_000, help="end after so many")
    parser.add_argument("--contestant", action="append", choices=INPUTS)
    arguments = parser.parse_args()
    work = (arguments.out / "work" / "training").resolve()
    results: dict[str, Answers] = {}
    prepared: dict[str, Prepared] = {}
    for config in arguments.config or DEFAULT_CONFIGS:
        prepared[config] = inputs.prepare(options.files(arguments), config, work / config)
        probe_options = [
            f"--hparams={arguments.hparams}",
            f"--seconds={arguments.seconds}",
            f"--steps={arguments.steps}",
            f"--run-dir={work / 'run'}",
        ]
        results[config] = probes.ask(
            "benchmarks.probe_training",
            config,
            prepared[config],
            dict.fromkeys(arguments.contestant or CONTESTANTS, probe_options),
            arguments.repetitions,
            arguments.patience,
        )
    seconds = {config: each.seconds for config, each in prepared.items()}
    values = {"hparams": arguments.hparams, "results": results, "preprocessing": seconds}
    report.save(arguments.out, "training", values, tables(results, prepared))
    rates = {
        config: {name: list(map(steps_a_second, each)) for name, each in answers.items()}
        for config, answers in results.items()
    }
    title = "Training: steps a second (longer is better)"
    plots.bars(arguments.out / "training-rate.png", title, rates, "steps a second")
    _draw_time(arguments.out, results, prepared)


def steps_a_second(answer: dict[str, Any]) -> float:
    """Of the second half of the steps: caches are filled, buffers are emptied."""
    times = [end for end, _, _ in answer["steps"]]
    later = times[len(times) // 2 :] if len(times) > 3 else times
    return (len(later) - 1) / (later[-1] - later[0]) if len(later) > 1 else 0.0


def waited(answer: dict[str, Any]) -> float:
    """Share of the same steps' time that they waited for their batches."""
    steps = answer["steps"]
    later = steps[len(steps) // 2 :] if len(steps) > 3 else steps
    took = later[-1][0] - later[0][0]
    return min(sum(wait for _, wait, _ in later[1:]) / took, 1.0) if took else 0.0


def time_to(step: int, answer: dict[str, Any], before: float) -> float:
    """Seconds from nothing to the end of a step: preprocessing, imports, training.

    Steps beyond those measured are reckoned at the measured steps a second.
    """
    times = [end for end, _, _ in answer["steps"]]
    if step <= len(times):
        return before + times[step - 1]
    return before + times[-1] + (step - len(times)) / steps_a_second(answer)


def break_even(ours: dict[str, Any], theirs: dict[str, Any], before: float) -> int | None:
    """The first step at which training with preprocessing is ahead; None for never."""
    high = 1
    while time_to(high, ours, before) > time_to(high, theirs, 0.0):
        high *= 2
        if high > 1 << 40:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        behind = time_to(middle, ours, before) > time_to(middle, theirs, 0.0)
        low, high = (middle, high) if behind else (low, middle)
    return high


def tables(results: dict[str, Answers], prepared: dict[str, Prepared]) -> str:
    """The results in Markdown."""
    return "\n".join(
        _tables(config, answers, prepared[config]) for config, answers in results.items()
    )


def _tables(config: str, answers: Answers, prepared: Prepared) -> str:
    head = (
        config,
        "steps a second",
        "examples a second",
        "waited for data",
        "of the limit",
        "first step after",
        *(f"{step:,} steps after" for step in STEPS_SHOWN),
    )
    rates = {name: _middle(each) for name, each in answers.items()}
    limit = rates.get(inputs.CONSTANT)
    rows = []
    for name, each in answers.items():
        middle = rates[name]
        rate = steps_a_second(middle)
        before = prepared.seconds[INPUTS[name].form]
        rows.append(
            (
                name,
                report.spread([steps_a_second(answer) for answer in each], ""),
                report.short(rate * middle["batch size"]),
                f"{waited(middle):.1%}",
                f"{rate / steps_a_second(limit):.1%}" if limit else "",
                f"{time_to(1, middle, before):.1f} s",
                *(_duration(time_to(step, middle, before)) for step in STEPS_SHOWN),
            )
        )
    text = report.table(head, rows)
    if inputs.TENSORS in rates:
        text += _break_even_text(rates, prepared)
    return text


def _break_even_text(rates: dict[str, dict[str, Any]], prepared: Prepared) -> str:
    before = prepared.seconds["tensors"]
    lines = [f"\nMaking the tensor shards took {before:.1f} s (included above)."]
    for name, answer in rates.items():
        if INPUTS[name].form == "raw":
            step = break_even(rates[inputs.TENSORS], answer, before)
            when = "never" if step is None else f"at step {step:,}"
            lines.append(f"Preprocessing has paid for itself against {name} {when}.")
    return "\n".join(lines) + "\n"


def _middle(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The repetition with the median speed."""
    return sorted(answers, key=steps_a_second)[len(answers) // 2]


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _draw_time(out: Path, results: dict[str, Answers], prepared: dict[str, Prepared]) -> None:
    steps = [round(10 ** (i / 10)) for i in range(0, 41)]
    panels = {
        f"{config}: minutes from nothing to step N": {
            name: [
                (step, time_to(step, _middle(each), _before(prepared[config], name)) / 60)
                for step in steps
            ]
            for name, each in answers.items()
            if name != inputs.CONSTANT
        }
        for config, answers in results.items()
    }
    title = "Time to train, preprocessing and imports included"
    plots.lines(out / "training-time.png", title, panels, "step", log_y=True)


def _before(prepared: Prepared, name: str) -> float:
    return prepared.seconds[INPUTS[name].form]


if __name__ == "__main__":
    main()
