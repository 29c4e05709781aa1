"""Asks every question, one after the other: what `make benchmark` runs.

    python -m benchmarks.run_all --data '/path/*.tfrecord' --config cat-mel_2bar_small
    python -m benchmarks.run_all --quick

Quick is for keeping the harness alive: everything runs, but on a handful of
songs and with few contestants. Its times mean nothing.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec

from benchmarks import options
from benchmarks.inputs import CONSTANT, NOTES_CACHED, TENSORS
from benchmarks.measure import module

QUESTIONS = (
    "engines",
    "preprocessing",
    "loading",
    "training",
    "limit",
    "step",
    "growth",
    "million_songs",
    "growth_model",
    "workers",
)

MADE_UP = ("million_songs", "growth_model", "workers")
"""Questions that are asked of made-up music, whatever the reader's is."""

_QUICK_MODEL = "batch_size=8,enc_rnn_size=[8],dec_rnn_size=[8],z_size=4"
_QUICK: dict[str, tuple[str, ...]] = {
    "engines": ("--config=cat-mel_2bar_small", "--config=flat-trio_16bar"),
    "preprocessing": ("--config=cat-mel_2bar_small",),
    "loading": (
        "--config=cat-mel_2bar_small",
        "--hparams=batch_size=8",
        "--seconds=1",
        f"--contestant={NOTES_CACHED}",
        f"--contestant={TENSORS}",
    ),
    "training": (
        f"--hparams={_QUICK_MODEL}",
        "--seconds=3",
        f"--contestant={TENSORS}",
        f"--contestant={CONSTANT}",
    ),
    "limit": (f"--hparams={_QUICK_MODEL}", "--blocks=4"),
    "step": (f"--hparams={_QUICK_MODEL}",),
    "growth": ("--config=cat-mel_2bar_small", "--times", "1", "4"),
    "million_songs": ("--songs=2000", "--workers=2"),
    "growth_model": ("--songs", "6", "24", "--merged-songs", "2000"),
    "workers": ("--songs", "6", "--workers", "1", "2", "--repetitions", "1"),
}
_QUICK_SONGS = 6


def main() -> None:
    """Runs the questions and exits with 1 when one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_common(parser)
    parser.add_argument("--quick", action="store_true", help="see above; under 3 minutes")
    parser.add_argument("--without-beam", action="store_true")
    parser.add_argument("--question", action="append", choices=QUESTIONS)
    arguments = parser.parse_args()
    failed = []
    for question in arguments.question or QUESTIONS:
        start = time.perf_counter()
        print(f"\n## {question}\n", flush=True)
        command = module(f"benchmarks.{question}", *_flags(question, arguments))
        if subprocess.run(command).returncode:
            failed.append(question)
        print(f"({question} took {time.perf_counter() - start:.0f} s)", flush=True)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _flags(question: str, arguments: argparse.Namespace) -> Sequence[str]:
    flags = [f"--out={arguments.out}"]
    without = arguments.without_beam or (arguments.quick and find_spec("apache_beam") is None)
    if question == "preprocessing" and without:
        flags.append("--without-beam")
    if question in MADE_UP:
        return [*flags, *(_QUICK[question] if arguments.quick else ())]
    if arguments.quick:
        return [*flags, "--repetitions=1", f"--sample-songs={_QUICK_SONGS}", *_QUICK[question]]
    flags += [f"--repetitions={arguments.repetitions}"]
    flags += [f"--sample-songs={arguments.sample_songs}"]
    flags += [f"--config={config}" for config in arguments.config]
    if question != "growth":  # it composes its own music, of every size
        flags += [f"--data={pattern}" for pattern in arguments.data]
    return flags


if __name__ == "__main__":
    main()
