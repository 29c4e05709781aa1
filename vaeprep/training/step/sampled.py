"""Scheduled sampling: the decoder's loop keeps what its gradient needs.

At each step some sequences get what the model would sample, in place of the
target. The choice and the sample have no gradient in Magenta's graph either, so
the gradient is that of a decoder that was given the inputs used: layer by
layer, after the loop.
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
    controls: Tensor,
    fixed: Tensor,
    cells: list[Weights],
    states: list[State],
) -> Tensor:
    """The outputs of the last layer [time, batch, units].

    Args:
        decoder: Magenta's decoder.
        inputs: What the decoder sees without sampling [time, batch, depth].
        controls: What it sees beside them [time, batch, n].
        fixed: What it sees before them at every step [batch, n].
        cells: All layers' weights.
        states: Before the first step.
    """
    flat = [tensor for each in (*cells, *states) for tensor in each]
    next_inputs = _next_inputs(decoder, inputs, int(states[-1].h.shape[1]))

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(fixed: Tensor, *flat: Tensor) -> Any:
        pairs = list(zip(flat[::2], flat[1::2], strict=True))
        cells = [Weights(*pair) for pair in pairs[: len(states)]]
        first = [State(*pair) for pair in pairs[len(states) :]]
        used, layers = _forward(inputs, controls, fixed, cells, first, next_inputs)

        def gradient(d_outputs: Tensor) -> Any:
            return _gradient(d_outputs, used, fixed, cells, layers)

        return layers[-1].outputs, gradient

    return run(fixed, *flat)


def _gradient(
    d_outputs: Tensor, used: Tensor, fixed: Tensor, cells: list[Weights], layers: list[Kept]
) -> tuple[Tensor, ...]:
    """The gradients of what is fixed, of all weights and of all first states."""
    nothing = recurrence.nothing_fixed(int(fixed.shape[0]))
    inputs = [used, *(each.outputs for each in layers[:-1])]
    before = [fixed, *[nothing] * len(layers[1:])]
    d_weights: list[Tensor] = []
    d_states: list[Tensor] = []
    for level in reversed(range(len(layers))):
        found = recurrence.gradients(
            d_outputs, inputs[level], before[level], layers[level], cells[level].kernel
        )
        d_weights = [found.kernel, found.bias, *d_weights]
        d_states = [found.cs, found.h, *d_states]
        d_outputs = found.inputs
    return found.fixed, *d_weights, *d_states


def _forward(
    inputs: Tensor,
    controls: Tensor,
    fixed: Tensor,
    cells: list[Weights],
    states: list[State],
    next_inputs: Any,
) -> tuple[Tensor, list[Kept]]:
    """Runs all layers step by step; returns the inputs used and what each layer kept."""

    def body(time: Tensor, now: Tensor, states: list[State], seen: Any, kept: Any) -> Any:
        given = tf.concat([fixed, now, controls[time]], axis=1)
        acts = []
        for cell, state in zip(cells, states, strict=True):
            acts.append(recurrence.cell(given, cell, state))
            given = acts[-1].h
        following = next_inputs(time, given)
        kept = [
            [one.write(time, value) for one, value in zip(*each, strict=True)]
            for each in zip(kept, acts, strict=True)
        ]
        states = [State(each.cs, each.h) for each in acts]
        return time + 1, following, states, seen.write(time, now), kept

    time = tf.shape(inputs)[0]
    seen = recurrence.array(time, inputs.shape[1:])
    kept = [
        [recurrence.array(time, state.h.shape) for _ in Activations._fields] for state in states
    ]
    _, _, _, seen, kept = recurrence.steps(time, body, inputs[0], states, seen, kept)
    layers = [
        Kept(Activations(*each), state, each[-1].stack())
        for each, state in zip(kept, states, strict=True)
    ]
    return tf.concat([seen.stack(), controls], axis=2), layers


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
