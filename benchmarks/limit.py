"""How much longer is a training step because its batch comes from tensor shards?

Separate runs cannot tell: one and the same training differs by up to 20 % from run
to run when TensorFlow takes all cores for the model. So here one model is trained
in one process, a block of steps from tensor shards, a block from one constant batch
in memory, and so on. Each block from the shards is compared with the two constant
ones beside it. The first steps of a block are left out: they use what the loader
has made ready during the block before.

    python -m benchmarks.limit --data '/path/*.tfrecord' --config cat-mel_2bar_small
"""

import argparse
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np

from benchmarks import inputs, options, probes, report
from benchmarks.inputs import IN_TURN, INPUTS
from benchmarks.training import DEFAULT_CONFIGS, SMALL

BLOCK = INPUTS[IN_TURN].block
SKIPPED = 6
"""Steps at the start of a block: more than the four batches that the loader keeps ready."""

_DRAWS = 2000


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    parser.add_argument("--hparams", default=SMALL)
    parser.add_argument("--blocks", type=int, default=40, help="of each run, both kinds")
    arguments = parser.parse_args()
    work = (arguments.out / "work" / "limit").resolve()
    results = {}
    for config in arguments.config or DEFAULT_CONFIGS:
        prepared = inputs.prepare(options.files(arguments), config, work / config)
        flags = [
            f"--hparams={arguments.hparams}",
            f"--steps={BLOCK * (arguments.blocks + 1)}",
            f"--run-dir={work / 'run'}",
        ]
        results[config] = probes.ask(
            "benchmarks.probe_training",
            config,
            prepared,
            {IN_TURN: flags},
            arguments.repetitions,
            patience=float("inf"),
        )[IN_TURN]
    values = {"hparams": arguments.hparams, "results": results}
    report.save(arguments.out, "limit", values, table(results))


def block_seconds(ends: Sequence[float]) -> list[float]:
    """How long the steps of each whole block took, without the first block of all.

    Args:
        ends: When each step ended, in seconds. The first block is from the shards,
            the second constant, and so on.

    Returns:
        Seconds of each block without its skipped steps; the first is a constant one.
    """
    firsts = range(BLOCK, len(ends) - BLOCK + 1, BLOCK)
    return [ends[first + BLOCK - 1] - ends[first + SKIPPED - 1] for first in firsts]


def ratios(ends: Sequence[float]) -> list[float]:
    """The time of each block from the shards over that of its constant neighbours."""
    blocks = block_seconds(ends)
    beside = [(one + other) / 2 for one, other in pairwise(blocks[::2])]
    return [block / limit for block, limit in zip(blocks[1::2], beside, strict=False)]


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """A 95 % interval of the median, by the bootstrap (Efron 1979)."""
    draws = np.random.default_rng(1).choice(values, (_DRAWS, len(values)))
    low, high = np.percentile(np.median(draws, axis=1), (2.5, 97.5))
    return float(low), float(high)


def table(results: dict[str, list[dict[str, Any]]]) -> str:
    """The result in Markdown."""
    head = (
        "configuration",
        "steps a second, constant batch",
        "a step from tensor shards takes",
        "95 % interval",
        "blocks compared",
    )
    rows = []
    for config, answers in results.items():
        times = [[end for end, _, _ in answer["steps"]] for answer in answers]
        limits = [(BLOCK - SKIPPED) / median(block_seconds(ends)[::2]) for ends in times]
        found = [ratio for ends in times for ratio in ratios(ends)]
        low, high = median_interval(found)
        rows.append(
            (
                config,
                report.spread(limits, ""),
                f"{median(found) - 1:+.1%}",
                f"{low - 1:+.1%} to {high - 1:+.1%}",
                len(found),
            )
        )
    return report.table(head, rows)


if __name__ == "__main__":
    main()
