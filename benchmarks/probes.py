"""Asks probes, the processes that load or train, in turn: A B A B ..."""

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.environment import FOR_TRAINING
from benchmarks.inputs import INPUTS, Prepared
from benchmarks.measure import module, run

Answers = dict[str, list[dict[str, Any]]]
"""Contestant -> what its probe said, of each repetition."""


def ask(
    probe: str,
    config: str,
    prepared: Prepared,
    contestants: Mapping[str, Sequence[str]],
    repetitions: int,
    patience: float,
) -> Answers:
    """Runs the probe of every contestant in turn, again and again; of a slow one once.

    Args:
        probe: The probe's module. It prints one line of JSON.
        config: Name of the configuration.
        prepared: The songs.
        contestants: For each one, by its name in `INPUTS`, more options of its probe.
        repetitions: Of all of them.
        patience: Seconds. A probe that needs longer is not run again.

    Raises:
        SystemExit: A probe failed.
    """
    answers: Answers = defaultdict(list)
    slow: set[str] = set()
    for _ in range(repetitions):
        for name in contestants:
            if name in slow:
                continue
            command = module(
                probe,
                f"--input={name}",
                f"--pattern={prepared.patterns[INPUTS[name].form]}",
                f"--config={config}",
                *contestants[name],
            )
            usage = run(command, FOR_TRAINING)
            if usage.status:
                sys.exit(f"{probe}, {config} from {name} failed: {usage.errors}")
            answer = {**json.loads(usage.output), "wall": usage.wall, "cpu": usage.cpu}
            answers[name].append(answer)
            print(f"{config}, {name}: {usage.wall:.0f} s", file=sys.stderr, flush=True)
            if usage.wall > patience:
                slow.add(name)
    return answers
