"""LSTM layers: Magenta's own cell forwards, fewer and larger products backwards.

Magenta's decoder and encoders run a cell at every step. Backwards, each step
multiplies with the whole weight matrix, and makes a gradient of the whole matrix.
Here the loop backwards multiplies with the rows of the last output alone, transposed
once before it. The gradients of the weights and of the inputs are one product each
after it; for inputs that are the same at every step, of the gates' sum over the
steps. The mathematics is that of Magenta's `LSTMBlockCell`: forget bias 1, no
clipping, no peepholes, gates in the order input, candidate, forget, output.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow.compat.v1 as tf

Tensor = Any


class Weights(NamedTuple):
    """The weights of a cell.

    Attributes:
        kernel: [depth + units, 4 * units]: rows of the input, then of the last output.
        bias: [4 * units].
    """

    kernel: Tensor
    bias: Tensor


class Activations(NamedTuple):
    """What a cell returns: each [batch, units], or of all steps.

    Of all steps it is [time, batch, units], or an array that a loop has filled: the
    gradient reads it step by step, and stacking it would only copy.
    """

    i: Tensor
    cs: Tensor
    f: Tensor
    o: Tensor
    ci: Tensor
    co: Tensor
    h: Tensor


class State(NamedTuple):
    """The state of a cell: each [batch, units]."""

    cs: Tensor
    h: Tensor


class Kept(NamedTuple):
    """What a layer leaves for its gradient.

    Attributes:
        acts: The activations of all steps.
        state: Before the first step.
        outputs: [time, batch, units].
    """

    acts: Activations
    state: State
    outputs: Tensor


class Gradients(NamedTuple):
    """Of a layer's arguments, in the shapes that those have."""

    inputs: Tensor
    fixed: Tensor
    kernel: Tensor
    bias: Tensor
    cs: Tensor
    h: Tensor


def weights(depth: int, units: int) -> Weights:
    """The variables of an `LSTMBlockCell` in the scope of the moment, under its names."""
    with tf.variable_scope("lstm_cell"):
        kernel = tf.get_variable("kernel", [depth + units, 4 * units])
        bias = tf.get_variable("bias", [4 * units], initializer=tf.zeros_initializer())
    return Weights(tf.convert_to_tensor(kernel), tf.convert_to_tensor(bias))


def zero_state(batch: int, units: int) -> State:
    """The state before the first step."""
    return State(tf.zeros([batch, units]), tf.zeros([batch, units]))


def nothing_fixed(batch: int) -> Tensor:
    """The fixed inputs of a layer that has none."""
    return tf.zeros([batch, 0])


def cell(inputs: Tensor, weights: Weights, state: State) -> Activations:
    """One step, from inputs [batch, depth]."""
    return Activations(*tf.raw_ops.LSTMBlockCell(x=inputs, **_of_cell(weights, state)))


def layer(inputs: Tensor, fixed: Tensor, weights: Weights, state: State) -> Tensor:
    """An LSTM layer.

    Args:
        inputs: [time, batch, depth].
        fixed: What the cell gets before them, the same at every step [batch, n].
        weights: Of the cell.
        state: Before the first step.

    Returns:
        The outputs [time, batch, units].
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def outputs(
        inputs: Tensor, fixed: Tensor, kernel: Tensor, bias: Tensor, cs: Tensor, h: Tensor
    ) -> Any:
        state = State(cs, h)
        acts = _run(beside(fixed, inputs), Weights(kernel, bias), state)
        kept = Kept(acts, state, acts.h)
        return acts.h, lambda d_outputs: gradients(d_outputs, inputs, fixed, kept, kernel)

    return outputs(inputs, fixed, *weights, *state)


def beside(fixed: Tensor, inputs: Tensor) -> Tensor:
    """The fixed inputs [batch, n] before those of every step [time, batch, depth]."""
    if fixed.shape[1] == 0:
        return inputs
    repeated = tf.tile(fixed[tf.newaxis], [tf.shape(inputs)[0], 1, 1])
    return tf.concat([repeated, inputs], axis=2)


def _run(inputs: Tensor, weights: Weights, state: State) -> Activations:
    """All steps in one operation."""
    time = tf.shape(inputs, out_type=tf.int64)[0]
    return Activations(
        *tf.raw_ops.BlockLSTM(seq_len_max=time, x=inputs, **_of_cell(weights, state))
    )


def _of_cell(weights: Weights, state: State) -> dict[str, Any]:
    """The arguments that TensorFlow's two LSTM operations share."""
    return {
        "cs_prev": state.cs,
        "h_prev": state.h,
        "w": weights.kernel,
        "b": weights.bias,
        **_no_peepholes(int(state.h.shape[1])),
        "forget_bias": 1.0,
        "cell_clip": -1.0,
    }


def _no_peepholes(units: int) -> dict[str, Any]:
    none = tf.zeros([units])
    return {"wci": none, "wcf": none, "wco": none, "use_peephole": False}


def gradients(
    d_outputs: Tensor, inputs: Tensor, fixed: Tensor, kept: Kept, kernel: Tensor
) -> Gradients:
    """The gradients of a layer.

    Args:
        d_outputs: The outputs' gradients [time, batch, units].
        inputs: As `layer` got them.
        fixed: As `layer` got them.
        kept: What the layer left.
        kernel: Of the cell.
    """
    parts = (fixed, inputs, kept.outputs)
    of_fixed, of_inputs, of_output = tf.split(kernel, [int(each.shape[-1]) for each in parts])
    d_gates, d_state = _backward(d_outputs, kept, of_output)
    flat = tf.reshape(d_gates, [-1, kernel.shape[1]])
    given = tf.concat([inputs, _shifted(kept)], axis=2)
    d_kernel = tf.matmul(tf.reshape(given, [-1, given.shape[2]]), flat, transpose_a=True)
    d_fixed = fixed
    if fixed.shape[1] > 0:
        over_steps = _sum_over_steps(d_gates)
        d_fixed = tf.matmul(over_steps, of_fixed, transpose_b=True)
        of_fixed = tf.matmul(fixed, over_steps, transpose_a=True)
        d_kernel = tf.concat([of_fixed, d_kernel], axis=0)
    d_inputs = tf.reshape(tf.matmul(flat, tf.transpose(of_inputs)), tf.shape(inputs))
    d_bias = tf.raw_ops.BiasAddGrad(out_backprop=flat)
    return Gradients(d_inputs, d_fixed, d_kernel, d_bias, *d_state)


def _sum_over_steps(values: Tensor) -> Tensor:
    """As a product, which reads them at the speed of memory; TensorFlow's sum does not."""
    by_step = tf.reshape(values, [tf.shape(values)[0], -1])
    total = tf.matmul(tf.ones([1, tf.shape(values)[0]]), by_step)
    return tf.reshape(total, values.shape[1:])


def _shifted(kept: Kept) -> Tensor:
    """What each step got from the one before it."""
    return tf.concat([kept.state.h[tf.newaxis], kept.outputs[:-1]], axis=0)


def _backward(d_outputs: Tensor, kept: Kept, kernel: Tensor) -> tuple[Tensor, State]:
    """The gradients of the gates and of the first state, from the last step to the first.

    Args:
        d_outputs: The outputs' gradients [time, batch, units].
        kept: What the layer left.
        kernel: [units, 4 * units]: the rows of the last output.

    Returns:
        The gates' gradients [time, batch, 4 * units], and the state's.
    """
    acts, state = kept.acts, kept.state
    transposed = tf.transpose(kernel)
    only_for_shapes = {
        "x": tf.zeros([state.h.shape[0], 0]),
        "h_prev": state.h,
        "w": kernel,
        "b": tf.zeros([kernel.shape[1]]),
        **_no_peepholes(int(state.h.shape[1])),
    }

    def one(time: Tensor, before: Tensor, d_state: State) -> tuple[Tensor, State]:
        now = {name: at(each, time) for name, each in zip(acts._fields, acts, strict=True)}
        del now["h"]
        found = tf.raw_ops.LSTMBlockCellGrad(
            **only_for_shapes,
            **now,
            cs_prev=before,
            cs_grad=d_state.cs,
            h_grad=d_outputs[time] + d_state.h,
        )
        return found.dicfo, State(found.cs_prev_grad, tf.matmul(found.dicfo, transposed))

    def body(back: Tensor, d_state: State, gates: Any) -> Any:
        time = count - 1 - back
        d_gates, d_state = one(time, at(acts.cs, time - 1), d_state)
        return back + 1, d_state, gates.write(time, d_gates)

    count, zero = tf.shape(d_outputs)[0], zero_state(*state.h.shape.as_list())
    gates = array(count, [state.h.shape[0], kernel.shape[1]])
    _, d_state, gates = steps(count - 1, body, zero, gates)
    first, d_state = one(0, state.cs, d_state)
    return gates.write(0, first).stack(), d_state


def at(values: Any, time: Tensor) -> Tensor:
    """One step of what a layer kept."""
    return values.read(time) if isinstance(values, tf.TensorArray) else values[time]


def array(time: Tensor, shape: Any) -> Any:
    """An array of all steps, filled in a loop."""
    return tf.TensorArray(tf.float32, size=time, element_shape=shape, clear_after_read=False)


def steps(time: Tensor, body: Callable[..., Any], *start: Any) -> Any:
    """Runs a body `time` times; its first argument counts from 0."""
    return tf.while_loop(
        lambda step, *_: step < time, body, (tf.constant(0), *start), back_prop=False
    )
