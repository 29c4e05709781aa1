"""Puts the faster computations into Magenta's classes for the time of a call.

Models, variables and their names, losses, optimizer and summaries stay
Magenta's; replaced is how encoders and decoders compute in training.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from magenta.models.music_vae import lstm_models

from vaeprep.training.step import decoder, encoder, folding

_FLAT = (
    lstm_models.BooleanLstmDecoder,
    lstm_models.CategoricalLstmDecoder,
    lstm_models.GrooveLstmDecoder,
    lstm_models.MultiLabelRnnNadeDecoder,
    lstm_models.MultiOutCategoricalLstmDecoder,
)


@contextmanager
def compiled(hparams: Any) -> Iterator[None]:
    """While it is open, training graphs are built with the faster computations.

    Args:
        hparams: Of the model that is built.
    """
    keep_prob = float(hparams.dropout_keep_prob)
    replaced = [
        (lstm_models.BidirectionalLstmEncoder, "encode", encoder.encode(keep_prob)),
        (lstm_models.HierarchicalLstmEncoder, "encode", folding.encode),
        (
            lstm_models.BaseLstmDecoder,
            "reconstruction_loss",
            decoder.reconstruction_loss(keep_prob),
        ),
        (
            lstm_models.HierarchicalLstmDecoder,
            "reconstruction_loss",
            folding.reconstruction_loss,
        ),
        (lstm_models.SplitMultiOutLstmDecoder, "_merge_decode_results", lambda *_: None),
    ]
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    try:
        for owner, name, ours in replaced:
            setattr(owner, name, ours)
        yield
    finally:
        for owner, name, theirs in kept:
            setattr(owner, name, theirs)


def why_not(config: Any) -> str | None:
    """Why a model cannot be trained this way; None if it can.

    Args:
        config: Magenta's Config.
    """
    hparams, model = config.hparams, config.model
    if hparams.residual_encoder or hparams.residual_decoder:
        return "it has residual connections"
    return _why_not_encoder(model.encoder) or _why_not_decoder(model.decoder, hparams)


def _why_not_encoder(found: Any) -> str | None:
    if type(found) is lstm_models.HierarchicalLstmEncoder:
        core = found._core_encoder_cls
    else:
        core = type(found)
    if core is not lstm_models.BidirectionalLstmEncoder:
        return f"its encoder is a {core.__name__}"
    return None


def _why_not_decoder(found: Any, hparams: Any) -> str | None:
    if type(found) is lstm_models.HierarchicalLstmDecoder:
        levels = range(len(found._level_lengths) - 1)
        if found._hierarchical_encoder or not set(levels) <= set(found._disable_autoregression):
            return "its segments depend on one another"
        return _why_not_decoder(found._core_decoder, hparams)
    if type(found) is lstm_models.SplitMultiOutLstmDecoder:
        reasons = (_why_not_decoder(core, hparams) for core in found._core_decoders)
        return next(filter(None, reasons), None)
    if type(found) not in _FLAT:
        return f"its decoder is a {type(found).__name__}"
    samples = hparams.sampling_schedule and (
        hparams.sampling_schedule != "constant" or hparams.sampling_rate
    )
    if samples and hparams.dropout_keep_prob != 1.0:
        return "it has dropout and scheduled sampling"
    if samples and type(found) is lstm_models.GrooveLstmDecoder:
        return "its samples have a gradient"
    return None
