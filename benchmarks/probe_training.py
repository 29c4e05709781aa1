"""Trains MusicVAE from one input: the process that `training` measures.

The model, the loop and the checkpoints are those of `vaeprep train`. Prints one
line of JSON: for each step when it ended (seconds since this process started),
how long it waited for its batch, and its loss.
"""

import argparse
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.inputs import INPUTS


def main() -> None:
    """Trains for a while."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", choices=INPUTS, required=True)
    parser.add_argument("--pattern", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--hparams", default="")
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="after the first step"
    )
    parser.add_argument("--steps", type=int, default=10_000)
    arguments = parser.parse_args()
    born = psutil.Process().create_time()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    from vaeprep.training.tensorflow_one import import_tensorflow_one

    tf = import_tensorflow_one("ERROR")
    from benchmarks.probe_source import make_source
    from vaeprep.training import magenta_loops
    from vaeprep.training.progress_line import WAIT

    source = make_source(
        arguments.config, arguments.hparams, arguments.pattern, INPUTS[arguments.input]
    )
    steps: list[tuple[float, float, float]] = []

    class Watch(tf.train.SessionRunHook):  # type: ignore[misc]
        """Notes every step and ends the training."""

        def before_run(self, run_context: Any) -> Any:
            del run_context
            looks = [tf.get_collection(WAIT)[0], source.config.model.loss]
            return tf.train.SessionRunArgs(looks)

        def after_run(self, run_context: Any, run_values: Any) -> None:
            waited, loss = map(float, run_values.results)
            steps.append((time.time() - born, waited, loss))
            ended = steps[-1][0] - steps[0][0] >= arguments.seconds
            if ended or len(steps) >= arguments.steps:
                answer = {"steps": steps, "batch size": source.config.hparams.batch_size}
                print(json.dumps(answer), file=answers, flush=True)
                os._exit(0)

    shutil.rmtree(arguments.run_dir, ignore_errors=True)
    magenta_loops.train(
        str(arguments.run_dir / "train"), source, [Watch()], lambda: None, num_steps=0
    )


if __name__ == "__main__":
    main()
