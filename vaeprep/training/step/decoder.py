"""Magenta's LSTM decoders in training: layer by layer, the output layer once."""

from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf
from magenta.models.music_vae import lstm_utils

from vaeprep.training.step import loss_sum, recurrence, sampled
from vaeprep.training.step.dropout import dropped
from vaeprep.training.step.recurrence import State, Weights

Tensor = Any


def reconstruction_loss(keep_prob: float) -> Callable[..., Any]:
    """`BaseLstmDecoder.reconstruction_loss` with a probability of keeping an input.

    It returns no metrics and no decoded results: training uses neither.
    """

    def reconstruction_loss(
        self: Any,
        x_input: Tensor,
        x_target: Tensor,
        x_length: Tensor,
        z: Tensor = None,
        c_input: Tensor = None,
    ) -> tuple[Tensor, dict[str, Any], None]:
        inputs, target = (tf.transpose(each, [1, 0, 2]) for each in (x_input, x_target))
        controls = None if c_input is None else tf.transpose(c_input, [1, 0, 2])
        outputs = _outputs(self, inputs, z, controls, keep_prob)
        flat = tf.reshape(outputs, [-1, outputs.shape[2]])
        with tf.variable_scope("decoder"):
            logits = self._output_layer(flat)
        flat_target = tf.reshape(target, [-1, target.shape[2]])
        losses, _ = self._flat_reconstruction_loss(flat_target, logits)
        return loss_sum.by_sequence(losses, x_length, tf.shape(target)[0]), {}, None

    return reconstruction_loss


def _outputs(
    decoder: Any, inputs: Tensor, z: Tensor, controls: Tensor, keep_prob: float
) -> Tensor:
    """The outputs of the last layer [time, batch, units]."""
    batch, time = int(inputs.shape[1]), tf.shape(inputs)[0]
    nothing = recurrence.nothing_fixed(batch)
    z = nothing if z is None else z
    controls = tf.zeros([time, batch, 0]) if controls is None else controls
    states = [
        State(*state)
        for state in lstm_utils.initial_cell_state_from_embedding(
            decoder._dec_cell, z, name="decoder/z_to_initial_state"
        )
    ]
    cells = _weights([int(each.shape[-1]) for each in (inputs, z, controls)], states)
    if keep_prob == 1.0:
        cells[0] = _z_first(cells[0], inputs, z)
        if tf.get_static_value(decoder._sampling_probability) != 0.0:
            return sampled.outputs(decoder, inputs, controls, z, cells, states)
        given, fixed = tf.concat([inputs, controls], axis=2), z
    else:
        every_step = tf.tile(z[tf.newaxis], [time, 1, 1])
        given, fixed = tf.concat([inputs, every_step, controls], axis=2), nothing
    for cell, state in zip(cells, states, strict=True):
        given = recurrence.layer(dropped(given, keep_prob), fixed, cell, state)
        fixed = nothing
    return given


def _weights(depths: list[int], states: list[State]) -> list[Weights]:
    depth, found = sum(depths), []
    with tf.variable_scope("decoder/multi_rnn_cell"):
        for level, state in enumerate(states):
            units = int(state.h.shape[1])
            with tf.variable_scope(f"cell_{level}"):
                found.append(recurrence.weights(depth, units))
            depth = units
    return found


def _z_first(cell: Weights, inputs: Tensor, z: Tensor) -> Weights:
    """A first cell whose rows of z stand before those of the inputs."""
    depth, size = int(inputs.shape[2]), int(z.shape[1])
    of_inputs, of_z, others = tf.split(cell.kernel, [depth, size, -1])
    return Weights(tf.concat([of_z, of_inputs, others], axis=0), cell.bias)
