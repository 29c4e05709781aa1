"""The hyperparameters of Magenta's 23 configurations, so that nobody needs Magenta to see them.

They follow `magenta.models.music_vae.configs.CONFIG_MAP`, with the defaults of its models
filled in; a test compares every value. `batch_size` and `max_seq_len` are not here but with
the configurations, because preparing and loading need them too.
"""

from typing import Any

HParams = dict[str, Any]

# `get_default_hparams` of base_model and lstm_models, as far as no configuration changes it.
_SAME = {
    "clip_mode": "global_norm",
    "conditional": True,
    "control_preprocessing_rnn_size": [256],
    "decay_rate": 0.9999,
    "grad_clip": 1.0,
    "grad_norm_clip_to_zero": 10000,
    "learning_rate": 0.001,
    "min_learning_rate": 0.00001,
    "residual_decoder": False,
    "residual_encoder": False,
    "use_cudnn": False,
}


def _hparams(
    z_size: int,
    enc_rnn_size: list[int],
    dec_rnn_size: list[int],
    *,
    free_bits: float = 0,
    max_beta: float = 1.0,
    beta_rate: float = 0.0,
    dropout_keep_prob: float = 1.0,
    sampling_schedule: str = "constant",
    sampling_rate: float = 0.0,
    **more: Any,
) -> HParams:
    return {
        **_SAME,
        "z_size": z_size,
        "enc_rnn_size": enc_rnn_size,
        "dec_rnn_size": dec_rnn_size,
        "free_bits": free_bits,
        "max_beta": max_beta,
        "beta_rate": beta_rate,
        "dropout_keep_prob": dropout_keep_prob,
        "sampling_schedule": sampling_schedule,
        "sampling_rate": sampling_rate,
        **more,
    }


_SAMPLED: HParams = {"sampling_schedule": "inverse_sigmoid", "sampling_rate": 1000}
_TRADED: HParams = {"free_bits": 48, "max_beta": 0.2}
_LONG: HParams = {"free_bits": 256, "max_beta": 0.2}
_SLOW_BETA: HParams = {"beta_rate": 0.99999}

_DRUMS_SMALL = _hparams(256, [512], [256, 256], **_TRADED, **_SAMPLED)
_DRUMS_NADE = _hparams(256, [1024], [512, 512], **_TRADED, **_SAMPLED, nade_num_hidden=128)
_FLAT_MELODY = _hparams(512, [2048, 2048], [2048, 2048, 2048], **_LONG)
_HIERDEC = _hparams(512, [2048, 2048], [1024, 1024], **_LONG)
_HIER = _hparams(512, [1024], [1024, 1024], **_LONG)
_PERFORMANCE_MED = _hparams(512, [1024], [512, 512, 512])
_PERFORMANCE_BIG = _hparams(512, [2048], [1024, 1024, 1024])
_GROOVE = _hparams(256, [512], [256, 256], **_TRADED, dropout_keep_prob=0.3)

HPARAMS: dict[str, HParams] = {
    "cat-mel_2bar_small": _hparams(
        256, [512], [256, 256], max_beta=0.2, **_SLOW_BETA, **_SAMPLED
    ),
    "cat-mel_2bar_big": _hparams(
        512, [2048], [2048, 2048, 2048], max_beta=0.5, **_SLOW_BETA, **_SAMPLED
    ),
    "cat-mel_2bar_med_chords": _hparams(256, [1024], [512, 512, 512]),
    "cat-drums_2bar_small": _DRUMS_SMALL,
    "cat-drums_2bar_big": _hparams(512, [2048], [2048, 2048, 2048], **_TRADED, **_SAMPLED),
    "nade-drums_2bar_reduced": _DRUMS_NADE,
    "nade-drums_2bar_full": _DRUMS_NADE,
    "flat-trio_16bar": _hparams(512, [2048, 2048], [2048, 2048, 2048]),
    "hierdec-trio_16bar": _HIERDEC,
    "hier-trio_16bar": _HIER,
    "flat-mel_16bar": _FLAT_MELODY,
    "hierdec-mel_16bar": _HIERDEC,
    "hier-mel_16bar": _HIER,
    "hier-multiperf_vel_1bar_med": _PERFORMANCE_MED,
    "hier-multiperf_vel_1bar_big": _PERFORMANCE_BIG,
    "hier-multiperf_vel_1bar_med_chords": _PERFORMANCE_MED,
    "hier-multiperf_vel_1bar_big_chords": _PERFORMANCE_BIG,
    "groovae_4bar": _GROOVE,
    "groovae_2bar_humanize": _GROOVE,
    "groovae_2bar_tap_fixed_velocity": _GROOVE,
    "groovae_2bar_tap_fixed_velocity_note_dropout": _GROOVE,
    "groovae_2bar_add_closed_hh": _GROOVE,
    "groovae_2bar_hits_control_tfds": _GROOVE,
}
"""By the configuration's name."""
