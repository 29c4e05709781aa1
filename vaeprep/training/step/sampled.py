"""Scheduled sampling: the decoder's loop with nothing in it that no sampled output feeds.

At each step some sequences get what the model would sample, in place of the
target. The choice and the sample have no gradient in Magenta's graph either, so
the gradient is that of a decoder that was given the inputs used: layer by
layer, after the loop, from what the loop kept.
"""

from typing import Any

import tensorflow.compat.v1 as tf
from magenta.contrib import seq2seq

from vaeprep.training.step import recurrence
from vaeprep.training.step.recurrence import Activations, Kept, State, Weights

Tensor = Any


def outputs(
    decoder: Any,
    inputs: Tensor,
    fixed: Tensor,
    of_inputs: Tensor,
    of_output: Tensor,
    cells: list[Weights],
    states: list[State],
) -> Tensor:
    """The outputs of the last layer [time, batch, units].

    Args:
        decoder: Magenta's decoder.
        inputs: What the decoder sees without sampling [time, batch, depth].
        fixed: Projections of z and controls with the bias, of all steps or of each.
        of_inputs: The first layer's rows of the inputs.
        of_output: The first layer's rows of its last output.
        cells: All layers' weights; of the first these rows are taken instead.
        states: Before the first step.
    """
    fixed = tf.broadcast_to(fixed, [*tf.unstack(tf.shape(inputs)[:2]), fixed.shape[-1]])
    fixed.set_shape([None, inputs.shape[1], of_inputs.shape[1]])
    later = [tensor for cell in cells[1:] for tensor in cell]
    flat_states = [tensor for state in states for tensor in state]
    next_inputs = _next_inputs(decoder, inputs, int(states[-1].h.shape[1]))

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(fixed: Tensor, of_inputs: Tensor, of_output: Tensor, *rest: Tensor) -> Any:
        cells = [Weights(*rest[n : n + 2]) for n in range(0, len(later), 2)]
        states = [State(*rest[n : n + 2]) for n in range(len(later), len(rest), 2)]
        kernels = [of_output, *(cell.kernel for cell in cells)]
        used, layers = _forward(inputs, fixed, of_inputs, kernels, cells, states, next_inputs)

        def gradient(d_outputs: Tensor) -> Any:
            d_cells: list[Tensor] = []
            d_states: list[Tensor] = []
            for level in range(len(layers) - 1, 0, -1):
                below = layers[level - 1].outputs
                sizes = [int(layers[n].outputs.shape[2]) for n in (level - 1, level)]
                of_below, of_last = tf.split(kernels[level], sizes)
                d_gates, d_state = recurrence.backward(d_outputs, layers[level], of_last)
                d_kernel = tf.concat(
                    [
                        recurrence.of_matrix(below, d_gates),
                        recurrence.of_kernel(layers[level], d_gates),
                    ],
                    axis=0,
                )
                d_cells = [d_kernel, tf.reduce_sum(d_gates, axis=[0, 1]), *d_cells]
                d_states = [*d_state, *d_states]
                d_outputs = recurrence.product(d_gates, tf.transpose(of_below))
            d_gates, d_state = recurrence.backward(d_outputs, layers[0], of_output)
            return (
                d_gates,
                recurrence.of_matrix(used, d_gates),
                recurrence.of_kernel(layers[0], d_gates),
                *d_cells,
                *d_state,
                *d_states,
            )

        return layers[-1].outputs, gradient

    return run(fixed, of_inputs, of_output, *later, *flat_states)


def _forward(
    inputs: Tensor,
    fixed: Tensor,
    of_inputs: Tensor,
    kernels: list[Tensor],
    cells: list[Weights],
    states: list[State],
    next_inputs: Any,
) -> tuple[Tensor, list[Kept]]:
    """Runs all layers step by step; returns the inputs used and what each layer kept."""

    def body(time: Tensor, now: Tensor, states: list[State], seen: Any, kept: Any) -> Any:
        gates = fixed[time] + tf.matmul(now, of_inputs) + tf.matmul(states[0].h, kernels[0])
        acts = [recurrence.cell(gates, states[0].cs)]
        for cell, state in zip(cells, states[1:], strict=True):
            below = tf.concat([acts[-1].h, state.h], axis=1)
            gates = tf.matmul(below, cell.kernel) + cell.bias
            acts.append(recurrence.cell(gates, state.cs))
        following = next_inputs(time, acts[-1].h)
        kept = [
            recurrence.keep(*each) for each in zip(kept, [time] * len(acts), acts, strict=True)
        ]
        states = [State(each.cs, each.h) for each in acts]
        return time + 1, following, states, seen.write(time, now), kept

    time = tf.shape(inputs)[0]
    seen = tf.TensorArray(tf.float32, size=time, element_shape=inputs.shape[1:])
    kept = [recurrence.keepers(time, state) for state in states]
    _, _, _, seen, kept = recurrence.steps(time, body, inputs[0], states, seen, kept)
    layers = [
        Kept(Activations(*each), state, each[-1].stack())
        for each, state in zip(kept, states, strict=True)
    ]
    return seen.stack(), layers


def _next_inputs(decoder: Any, inputs: Tensor, units: int) -> Any:
    """What the decoder gets next: the target, or for some sequences a sample."""
    with tf.variable_scope("decoder"):
        decoder._output_layer(tf.zeros([1, units]))  # makes its variables, outside the loop
    kernel, bias = (
        tf.convert_to_tensor(each)
        for each in (decoder._output_layer.kernel, decoder._output_layer.bias)
    )
    last = tf.shape(inputs)[0] - 1

    def next_inputs(time: Tensor, outputs: Tensor) -> Tensor:
        target = inputs[tf.minimum(time + 1, last)]
        chosen = seq2seq.bernoulli_sample(
            probs=decoder._sampling_probability, sample_shape=tf.shape(outputs)[0]
        )
        rows = tf.where(tf.cast(chosen, tf.bool))

        def with_samples() -> Tensor:
            logits = tf.matmul(tf.gather_nd(outputs, rows), kernel) + bias
            return tf.tensor_scatter_nd_update(target, rows, decoder._sample(logits))

        needed = tf.logical_and(tf.size(rows) > 0, time < last)
        following = tf.cond(needed, with_samples, lambda: target)
        following.set_shape(target.shape)
        return following

    return next_inputs
