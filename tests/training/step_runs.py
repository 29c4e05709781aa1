"""Compares both steps, trains and samples, in one process; `test_step` looks at the results."""

import copy
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import step_equality
from tests.tensors import shards
from tests.training import training_runs

KINDS = {
    "sampled": ("ragged", "full"),
    "groove": ("ragged", "full"),
    "hierarchical": ("full",),
}
"""Sequences of unequal lengths, or all as long as may be; segments of a trio are that."""
STEPS = 4
SMALL = "batch_size=4,enc_rnn_size=[8],dec_rnn_size=[8],z_size=4"
TRAINED = {
    "trio": ("flat-trio_16bar", SMALL.replace("enc_rnn_size=[8]", "enc_rnn_size=[8,6]")),
    "hierarchical": ("hier-mel_16bar", SMALL),
    "groove": ("groovae_2bar_humanize", SMALL),
    "performance": ("hier-multiperf_vel_1bar_med", SMALL),
}
"""Trained with the compiled step and sampled from; a categorical decoder is beside them."""


def main(folder: Path) -> None:
    """Compares, trains, and writes `results.json`."""
    from vaeprep.training.tensorflow_one import import_tensorflow_one

    import_tensorflow_one("ERROR")
    results: dict[str, Any] = {"compared": {}, "why not": {}}
    with step_equality.nothing_drawn():
        for name in step_equality.MODELS:
            for kind in KINDS.get(name, ("ragged",)):
                config = step_equality.tiny(name)
                found = step_equality.compared(config, kind == "full", STEPS)
                results["compared"][f"{name} {kind}"] = found
    results["why not"] = _why_not()
    pattern = shards.write_tensors(folder, "cat-mel_2bar_small", most=40)

    def train(**options: Any) -> dict[str, Any]:
        config = "cat-mel_2bar_small"
        return training_runs.train(folder, "melody", config, examples=pattern, **options)

    results["trained"] = train(step="compiled")
    results["sampled"] = _sampled(folder / "melody" / "train")
    results["gone on"] = train(num_steps=5)
    results["pieces"] = {"categorical": training_runs.sampled(folder, "melody")}
    for name, (config, hparams) in TRAINED.items():
        examples = shards.write_tensors(folder, config, most=20)
        options = {"examples": examples, "hparams": hparams, "num_steps": 2}
        training_runs.train(folder, name, config, step="compiled", **options)
        results["pieces"][name] = training_runs.sampled(folder, name)
    results["refused"] = training_runs.train(
        folder,
        "refused",
        "cat-mel_2bar_small",
        examples=pattern,
        step="compiled",
        hparams="batch_size=8,residual_decoder=True",
    )
    (folder / "results.json").write_text(json.dumps(results), "utf-8")


def _sampled(checkpoints: Path) -> int:
    """How many songs Magenta's TrainedModel samples from a checkpoint."""
    import tensorflow.compat.v1 as tf
    from magenta.models.music_vae import TrainedModel

    from benchmarks import step_graph

    config = step_graph.configuration("cat-mel_2bar_small", training_runs.TINY)
    with tf.Graph().as_default():
        model = TrainedModel(config, batch_size=2, checkpoint_dir_or_path=str(checkpoints))
        return len(model.sample(n=2, length=config.hparams.max_seq_len))


def _why_not() -> dict[str, str | None]:
    from magenta.models.music_vae import configs, lstm_models

    from vaeprep.training.step import why_not

    found = {name: why_not(config) for name, config in configs.CONFIG_MAP.items()}
    changed = copy.deepcopy(configs.CONFIG_MAP["hierdec-mel_16bar"])
    changed.model.decoder._disable_autoregression = []
    found["autoregression"] = why_not(changed)
    changed = copy.deepcopy(configs.CONFIG_MAP["cat-mel_2bar_small"])
    changed.hparams.dropout_keep_prob = 0.5
    found["dropout"] = why_not(changed)
    changed.model._encoder = lstm_models.LstmEncoder()
    found["encoder"] = why_not(changed)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
