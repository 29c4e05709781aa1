"""How fast do training batches come, and how soon the first one?

The same songs raw (Magenta's pipeline converts them while training reads), as
NoteSequence shards (Magenta's pipeline again, with and without its cache) and
as tensor shards (vaeprep's loader). Each in a process of its own, in turn.
The batch size is the configuration's own: Magenta's pipeline fills a shuffle
buffer of ten batches before it gives the first.

    python -m benchmarks.loading --data '/path/*.tfrecord' --config cat-mel_2bar_small
"""

import argparse

from benchmarks import inputs, options, plots, probes, report
from benchmarks.inputs import INPUTS, Prepared
from benchmarks.probes import Answers

DEFAULT_CONFIGS = ("cat-mel_2bar_small", "hierdec-trio_16bar")
CONTESTANTS = inputs.FROM_FILES


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    options.add_patience(parser)
    parser.add_argument("--seconds", type=float, default=5, help="of reading that is measured")
    parser.add_argument("--hparams", default="", help="e.g. batch_size=64")
    parser.add_argument("--contestant", action="append", choices=CONTESTANTS)
    arguments = parser.parse_args()
    work = (arguments.out / "work" / "loading").resolve()
    results: dict[str, Answers] = {}
    prepared: dict[str, Prepared] = {}
    for config in arguments.config or DEFAULT_CONFIGS:
        prepared[config] = inputs.prepare(options.files(arguments), config, work / config)
        # A cache is full after the first epoch; the rate from then on counts.
        settle = prepared[config].examples
        results[config] = probes.ask(
            "benchmarks.probe_loading",
            config,
            prepared[config],
            {
                name: [
                    f"--seconds={arguments.seconds}",
                    f"--hparams={arguments.hparams}",
                    f"--settle={settle if INPUTS[name].cache else 0}",
                ]
                for name in arguments.contestant or CONTESTANTS
            },
            arguments.repetitions,
            arguments.patience,
        )
    sizes = {config: each.sizes for config, each in prepared.items()}
    values = {"results": results, "bytes": sizes}
    report.save(arguments.out, "loading", values, table(results, prepared))
    for name, title, across, unit in (
        ("rate", "Loading (longer is better)", "examples a second", ""),
        ("first", "Loading (shorter is better)", "seconds to the first batch", "s"),
    ):
        path = arguments.out / f"loading-{name}.png"
        plots.bars(path, title, _panels(results, name), across, log=True, unit=unit)


def table(results: dict[str, Answers], prepared: dict[str, Prepared]) -> str:
    """The result in Markdown."""
    head = ("configuration", "input", "examples a second", "first batch after", "size, MB")
    rows = [
        (
            config,
            name,
            report.spread([answer["rate"] for answer in answers], ""),
            report.spread([answer["first"] for answer in answers]),
            report.short(prepared[config].sizes[INPUTS[name].form] / 1e6),
        )
        for config, by_name in results.items()
        for name, answers in by_name.items()
    ]
    return report.table(head, rows)


def _panels(results: dict[str, Answers], key: str) -> dict[str, dict[str, list[float]]]:
    return {
        config: {name: [answer[key] for answer in answers] for name, answers in by_name.items()}
        for config, by_name in results.items()
    }


if __name__ == "__main__":
    main()
