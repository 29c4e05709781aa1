"""Trains a small MusicVAE on tensor shards. Needs TensorFlow and Magenta (see the README).

python examples/train.py 'out/tensors-mel.tfrecord*' runs/mel 1000
"""

import sys

import vaeprep


def main(pattern: str, run_dir: str, steps: str) -> None:
    """Trains so many steps; given again with more, it goes on from its checkpoint."""
    trained = vaeprep.train(
        config="cat-mel_2bar_small",
        examples=pattern,
        run_dir=run_dir,
        num_steps=int(steps),
        hparams={
            "batch_size": 32,
            "z_size": 16,
            "enc_rnn_size": [32],
            "dec_rnn_size": [32],
        },
        seed=1,
    )
    print(f"step {trained.step}, checkpoint {trained.checkpoint}")


if __name__ == "__main__":
    main(*sys.argv[1:])
