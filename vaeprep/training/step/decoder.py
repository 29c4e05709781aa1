"""Magenta's LSTM decoders in training: everything at once that no sampled output feeds."""

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
    batch = int(inputs.shape[1])
    embedding = tf.zeros([batch, 0]) if z is None else z
    states = [
        State(*state)
        for state in lstm_utils.initial_cell_state_from_embedding(
            decoder._dec_cell, embedding, name="decoder/z_to_initial_state"
        )
    ]
    cells = _weights(inputs, z, controls, states)
    if tf.get_static_value(decoder._sampling_probability) != 0.0:
        of_inputs, *others = _first_kernels(cells[0], inputs, z, controls, states[0])
        fixed = _of_fixed(others[:-1], cells[0].bias, z, controls)
        return sampled.outputs(decoder, inputs, fixed, of_inputs, others[-1], cells, states)
    if keep_prob == 1.0:
        projected, of_output = _projected(cells[0], inputs, z, controls, states[0])
        outputs = recurrence.layer(projected, of_output, states[0])
    else:
        everything = _concatenated(inputs, z, controls)
        outputs = _layer(everything, cells[0], states[0], keep_prob)
    for cell, state in zip(cells[1:], states[1:], strict=True):
        outputs = _layer(outputs, cell, state, keep_prob)
    return outputs


def _weights(inputs: Tensor, z: Tensor, controls: Tensor, states: list[State]) -> list[Weights]:
    depth = sum(int(each.shape[-1]) for each in (inputs, z, controls) if each is not None)
    found = []
    with tf.variable_scope("decoder/multi_rnn_cell"):
        for level, state in enumerate(states):
            units = int(state.h.shape[1])
            with tf.variable_scope(f"cell_{level}"):
                found.append(recurrence.weights(depth, units))
            depth = units
    return found


def _first_kernels(
    cell: Weights, inputs: Tensor, z: Tensor, controls: Tensor, state: State
) -> list[Tensor]:
    """The first layer's rows: of the inputs, of z, of the controls, of its last output."""
    parts = [each for each in (inputs, z, controls, state.h) if each is not None]
    return list(tf.split(cell.kernel, [int(each.shape[-1]) for each in parts]))


def _of_fixed(kernels: list[Tensor], bias: Tensor, z: Tensor, controls: Tensor) -> Tensor:
    """What no sampled output changes: [batch, n], or [time, batch, n] with controls."""
    fixed, left = bias, list(kernels)
    if z is not None:
        fixed += tf.matmul(z, left.pop(0))
    if controls is not None:
        fixed += recurrence.product(controls, left.pop(0))
    return fixed


def _projected(
    cell: Weights, inputs: Tensor, z: Tensor, controls: Tensor, state: State
) -> tuple[Tensor, Tensor]:
    """The first layer's projections, z's only once, and the rows of its last output."""
    of_inputs, *others = _first_kernels(cell, inputs, z, controls, state)
    fixed = _of_fixed(others[:-1], cell.bias, z, controls)
    return recurrence.product(inputs, of_inputs) + fixed, others[-1]


def _concatenated(inputs: Tensor, z: Tensor, controls: Tensor) -> Tensor:
    """Z and controls beside the inputs of every step, as Magenta feeds its first cell."""
    parts = [inputs]
    if z is not None:
        parts.append(tf.tile(z[tf.newaxis], [tf.shape(inputs)[0], 1, 1]))
    if controls is not None:
        parts.append(controls)
    return tf.concat(parts, axis=2)


def _layer(inputs: Tensor, cell: Weights, state: State, keep_prob: float) -> Tensor:
    sizes = [int(inputs.shape[2]), int(state.h.shape[1])]
    of_input, of_output = tf.split(cell.kernel, sizes)
    projected = recurrence.product(dropped(inputs, keep_prob), of_input) + cell.bias
    return recurrence.layer(projected, of_output, state)
