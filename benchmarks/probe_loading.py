"""Reads training batches from one input as fast as it goes: the process `loading` measures.

The batches stay inside TensorFlow, where training needs them: copying them to
NumPy would cost more than some loaders. Prints one line of JSON: seconds to the
first batch, and when each further batch arrived.
"""

import argparse
import json
import os
import time

from benchmarks.inputs import INPUTS


def main() -> None:
    """Reads for a while."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", choices=INPUTS, required=True)
    parser.add_argument("--pattern", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--hparams", default="")
    parser.add_argument("--settle", type=int, default=0, help="examples to read unmeasured")
    parser.add_argument("--seconds", type=float, required=True, help="of measured reading")
    arguments = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    from vaeprep.training.tensorflow_one import import_tensorflow_one

    tf = import_tensorflow_one("ERROR")
    from benchmarks.probe_source import make_source

    source = make_source(
        arguments.config, arguments.hparams, arguments.pattern, INPUTS[arguments.input]
    )
    size = source.config.hparams.batch_size
    start = time.perf_counter()
    batch = tf.data.make_one_shot_iterator(source.dataset()).get_next()
    with tf.control_dependencies(tf.nest.flatten(batch)):
        arrived = tf.no_op()
    with tf.Session() as session:
        session.run(arrived)
        first = time.perf_counter() - start
        for _ in range(arguments.settle // size):
            session.run(arrived)
        batches, seconds = _read(session, arrived, arguments.seconds)
    answer = {
        "first": first,
        "batch size": size,
        "batches": batches,
        "rate": batches * size / seconds if batches else 0.0,
    }
    print(json.dumps(answer), file=answers, flush=True)
    # Magenta's threads would go on converting for the batches that nobody will read.
    os._exit(0)


def _read(session: object, arrived: object, seconds: float) -> tuple[int, float]:
    """Reads batches for so long; gives their number and the time they took."""
    start = time.perf_counter()
    batches = 0
    while (took := time.perf_counter() - start) < seconds:
        session.run(arrived)  # type: ignore[attr-defined]
        batches += 1
    return batches, took


if __name__ == "__main__":
    main()
