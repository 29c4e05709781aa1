"""An LSTM over all time steps: only what depends on the step before is inside its loop.

Magenta's decoder and encoders run a cell at every step, which multiplies the
step's whole input and, backwards, adds a gradient of the whole weight matrix.
Here the input is projected before the loop, for all steps in one product, and
the gradient of the weights is one product after it. The mathematics is that of
Magenta's `LSTMBlockCell`: forget bias 1, no clipping, no peepholes, gates in the
order input, candidate, forget, output.
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
    """What a cell leaves for its gradient: each [batch, units], or an array of all steps."""

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
        acts: Arrays of the activations.
        state: Before the first step.
        outputs: [time, batch, units].
    """

    acts: Activations
    state: State
    outputs: Tensor


def weights(depth: int, units: int) -> Weights:
    """The variables of an `LSTMBlockCell` in the scope of the moment, under its names."""
    with tf.variable_scope("lstm_cell"):
        kernel = tf.get_variable("kernel", [depth + units, 4 * units])
        bias = tf.get_variable("bias", [4 * units], initializer=tf.zeros_initializer())
    return Weights(tf.convert_to_tensor(kernel), tf.convert_to_tensor(bias))


def product(inputs: Tensor, matrix: Tensor) -> Tensor:
    """[time, batch, depth] times [depth, n], as one product of two matrices."""
    time, batch, depth = tf.shape(inputs)[0], inputs.shape[1], inputs.shape[2]
    flat = tf.matmul(tf.reshape(inputs, [-1, depth]), matrix)
    return tf.reshape(flat, [time, batch, matrix.shape[1]])


def zero_state(batch: int, units: int) -> State:
    """The state before the first step."""
    return State(tf.zeros([batch, units]), tf.zeros([batch, units]))


def cell(gates: Tensor, cs: Tensor) -> Activations:
    """One step, from the sum of all projections [batch, 4 * units]."""
    i, ci, f, o = tf.split(gates, 4, axis=1)
    i, ci, f, o = tf.sigmoid(i), tf.tanh(ci), tf.sigmoid(f + 1.0), tf.sigmoid(o)
    cs = ci * i + cs * f
    co = tf.tanh(cs)
    return Activations(i, cs, f, o, ci, co, o * co)


def layer(projected: Tensor, kernel: Tensor, state: State) -> Tensor:
    """An LSTM layer.

    Args:
        projected: [time, batch, 4 * units]: the inputs' projections with the bias.
        kernel: [units, 4 * units]: the rows of the last output.
        state: Before the first step.

    Returns:
        The outputs [time, batch, units].
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def outputs(projected: Tensor, kernel: Tensor, cs: Tensor, h: Tensor) -> Any:
        kept = _run(projected, kernel, State(cs, h))

        def gradient(d_outputs: Tensor) -> Any:
            d_gates, d_state = backward(d_outputs, kept, kernel)
            return d_gates, of_kernel(kept, d_gates), d_state.cs, d_state.h

        return kept.outputs, gradient

    return outputs(projected, kernel, *state)


def _run(projected: Tensor, kernel: Tensor, state: State) -> Kept:
    def body(time: Tensor, last: State, kept: Any) -> Any:
        acts = cell(projected[time] + tf.matmul(last.h, kernel), last.cs)
        return time + 1, State(acts.cs, acts.h), keep(kept, time, acts)

    time = tf.shape(projected)[0]
    kept = Activations(*steps(time, body, state, keepers(time, state))[-1])
    return Kept(kept, state, kept.h.stack())


def backward(d_outputs: Tensor, kept: Kept, kernel: Tensor) -> tuple[Tensor, State]:
    """The gradients of a layer's gates and of its first state, from the last step to the first.

    Args:
        d_outputs: The outputs' gradients [time, batch, units].
        kept: What the loop kept.
        kernel: [units, 4 * units]: the rows of the last output.

    Returns:
        The gates' gradients [time, batch, 4 * units], and the state's.
    """
    acts, state = kept.acts, kept.state
    count, none = tf.shape(d_outputs)[0], tf.zeros([state.h.shape[1]])
    without_input = tf.zeros([state.h.shape[0], 0])
    bias = tf.zeros([kernel.shape[1]])

    def body(back: Tensor, d_state: State, cs: Tensor, gates: Any) -> Any:
        time = count - 1 - back
        before = tf.cond(time > 0, lambda: acts.cs.read(time - 1), lambda: state.cs)
        before.set_shape(cs.shape)
        now = tf.raw_ops.LSTMBlockCellGrad(
            x=without_input,
            cs_prev=before,
            h_prev=state.h,  # as x, w and b only for its shape
            w=kernel,
            wci=none,
            wcf=none,
            wco=none,
            b=bias,
            i=acts.i.read(time),
            cs=cs,
            f=acts.f.read(time),
            o=acts.o.read(time),
            ci=acts.ci.read(time),
            co=acts.co.read(time),
            cs_grad=d_state.cs,
            h_grad=d_outputs[time] + d_state.h,
            use_peephole=False,
        )
        d_h = tf.matmul(now.dicfo, kernel, transpose_b=True)
        return back + 1, State(now.cs_prev_grad, d_h), before, gates.write(time, now.dicfo)

    zero = State(tf.zeros_like(state.cs), tf.zeros_like(state.h))
    last = acts.cs.read(count - 1)
    gates = _keeper(count, [state.h.shape[0], kernel.shape[1]])
    _, d_state, _, gates = steps(count, body, zero, last, gates)
    return gates.stack(), d_state


def of_kernel(kept: Kept, d_gates: Tensor) -> Tensor:
    """The gradient of the last output's rows of a kernel: one product over all steps."""
    return of_matrix(_shifted(kept.state.h, kept.outputs), d_gates)


def of_matrix(inputs: Tensor, d_outputs: Tensor) -> Tensor:
    """The gradient of a matrix, from its inputs and outputs at all steps."""
    flat = [tf.reshape(each, [-1, each.shape[2]]) for each in (inputs, d_outputs)]
    return tf.matmul(*flat, transpose_a=True)


def _shifted(first: Tensor, rest: Tensor) -> Tensor:
    """What each of the steps got from the one before it."""
    return tf.concat([first[tf.newaxis], rest[:-1]], axis=0)


def keepers(time: Tensor, state: State) -> list[Any]:
    """Arrays for the activations of every step.

    The gradient reads them step by step: stacking them would only copy.
    """
    return [_keeper(time, state.h.shape) for _ in Activations._fields]


def _keeper(time: Tensor, shape: Any) -> Any:
    return tf.TensorArray(tf.float32, size=time, element_shape=shape, clear_after_read=False)


def keep(kept: list[Any], time: Tensor, values: Any) -> list[Any]:
    """Writes one step."""
    return [array.write(time, value) for array, value in zip(kept, values, strict=True)]


def steps(time: Tensor, body: Callable[..., Any], *start: Any) -> Any:
    """Runs a body `time` times; its first argument counts from 0."""
    return tf.while_loop(
        lambda step, *_: step < time, body, (tf.constant(0), *start), back_prop=False
    )
