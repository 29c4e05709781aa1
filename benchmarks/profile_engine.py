"""Where does the fast engine spend its time? CPU microseconds a song, step by step.

python -m benchmarks.profile_engine --data '/path/*.tfrecord' --config cat-mel_2bar_small
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import numpy as np

from benchmarks import music, options, report
from benchmarks.engines import one_of_each_kind
from vaeprep import configs
from vaeprep.converters.conversion import ConvertsAll
from vaeprep.engines import fast
from vaeprep.engines.engine import Engine, groups
from vaeprep.engines.filters import Filters
from vaeprep.music.protos import NoteSequence

_STEPS = {
    "read": "decode",
    "cut": "cut_together",
    "filter": "drop_reasons",
    "convert, alone": "_convert",
}
"""The steps that are functions of the engine; those pieces are converted alone of which
`convert_all` says nothing."""

_TOGETHER = "convert, together"


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    arguments = parser.parse_args()
    rows = []
    head: list[str] = []
    for file in options.files(arguments):
        records = music.payloads(file)
        for config in arguments.config or one_of_each_kind():
            spent = measure(config, records, arguments.repetitions)
            rows.append([config, file.name, *[f"{value:.0f}" for value in spent.values()]])
            head = ["CPU µs a song", "file", *spent]
    report.save(arguments.out, "profile_engine", {"rows": rows}, report.table(head, rows))


@np.errstate(all="ignore")  # as in a run
def measure(config: str, records: list[bytes], repetitions: int) -> dict[str, float]:
    """CPU microseconds a song, the least of some repetitions of each step.

    Returns:
        By step; `the rest` is what no step is, `protobuf alone` is parsing the same bytes
        and doing nothing with them.
    """
    spent: dict[str, float] = defaultdict(float)
    least: dict[str, float] = {}
    with _watched(config, spent) as engine:
        for _ in range(repetitions + 1):  # the first one fills caches
            spent.clear()
            _timed(spent, "all", lambda: [engine(group) for group in groups(records, len)])()
            _timed(spent, "protobuf alone", lambda: [*map(NoteSequence.FromString, records)])()
            for step in (*_STEPS, _TOGETHER, "all", "protobuf alone"):
                least[step] = min(spent[step], least.get(step, spent[step]))
    order = ["read", "cut", "filter", _TOGETHER, "convert, alone"]
    found = {step: least[step] for step in order}
    found["the rest"] = max(0.0, least["all"] - sum(found.values()))
    found |= {step: least[step] for step in ("all", "protobuf alone")}
    return {step: seconds * 1e6 / len(records) for step, seconds in found.items()}


@contextmanager
def _watched(config: str, spent: dict[str, float]) -> Iterator[Engine]:
    """The fast engine, its steps timed while the context is open."""
    converter = configs.find(config).converter
    assert isinstance(converter, ConvertsAll)
    kind = type(converter)
    watched = [(fast, name, step) for step, name in _STEPS.items()]
    with ExitStack() as stack:
        for where, name, step in [*watched, (kind, "convert_all", _TOGETHER)]:
            timed = _timed(spent, step, getattr(where, name))
            stack.enter_context(mock.patch.object(where, name, timed))
        yield fast.fast_engine(converter, Filters())


def _timed(spent: dict[str, float], step: str, function: Callable[..., Any]) -> Any:
    """The function, with its CPU seconds added to a step's."""

    def timed(*arguments: Any) -> Any:
        start = time.process_time()
        try:
            return function(*arguments)
        finally:
            spent[step] += time.process_time() - start

    return timed


if __name__ == "__main__":
    main()
