"""The line that training shows: speed, and how long the steps waited for data."""

import time
from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf

WAIT = "vaeprep/seconds_waited_for_data"
"""Graph collection with the tensor that says how long a step waited for its batch."""

# Hierarchical models have metrics of each of up to 16 segments; TensorBoard shows them.
_ONE_SEGMENT = "segment/"


class ProgressLine(tf.train.SessionRunHook):  # type: ignore[misc]
    """Shows a line every few seconds of training and one at the end."""

    def __init__(
        self,
        model: Any,
        batch_size: int,
        last_step: int | None,
        show: Callable[[str], None],
        every_seconds: float = 10.0,
    ) -> None:
        """Makes the hook.

        Args:
            model: Magenta's model, whose loss is shown.
            batch_size: Examples in a step.
            last_step: Where training ends, None for never.
            show: What is done with a line.
            every_seconds: Time between lines.
        """
        self._model = model
        self._batch_size = batch_size
        self._last_step = last_step
        self._show = show
        self._every = every_seconds

    def begin(self) -> None:
        """Finds the tensors to look at."""
        self._looks = {
            "step": tf.train.get_global_step(),
            "loss": self._model.loss,
            "waited": tf.get_collection(WAIT)[0],
        }

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Starts the clock; graph building and restoring do not count."""
        del session, coord
        self._restart()
        self._values: dict[str, Any] = {}

    def before_run(self, run_context: Any) -> Any:
        """Asks for the tensors with the step."""
        del run_context
        return tf.train.SessionRunArgs(self._looks)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Counts the step."""
        del run_context
        self._values = run_values.results
        self._steps += 1
        self._waited += float(self._values["waited"])
        # The first step is as slow as making ready is; it is shown, not counted.
        if not self._started:
            self._started = True
            self._show_line()
            self._measured = True
            self._restart()
        elif time.monotonic() - self._since >= self._every:
            self._show_line()
            self._restart()

    def end(self, session: Any) -> None:
        """Shows what is left."""
        del session
        if self._steps:
            self._show_line()

    _started = False
    _measured = False

    def _restart(self) -> None:
        self._since = time.monotonic()
        self._steps = 0
        self._waited = 0.0

    def _show_line(self) -> None:
        seconds = max(time.monotonic() - self._since, 1e-9)
        speed = self._steps / seconds
        step, loss = int(self._values["step"]), float(self._values["loss"])
        last = f" of {self._last_step:,}" if self._last_step else ""
        self._show(
            f"step {step:,}{last}  loss {loss:.3f}  "
            f"{speed:.3g} steps/s  {speed * self._batch_size:,.0f} examples/s  "
            f"waited for data {self._waited / seconds:.1%}{self._left(step, speed)}"
        )

    def _left(self, step: int, speed: float) -> str:
        """How long it will take at this speed, once the speed is known."""
        if not self._last_step or not self._measured or step >= self._last_step:
            return ""
        return f"  {time_left((self._last_step - step) / speed)} left"


def time_left(seconds: float) -> str:
    """A stretch of time in its two largest units: `3 d 4 h`, `2 h 5 min`, `12 min`, `40 s`."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{round(seconds)} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} d {hours % 24} h"


class EvaluationLine(tf.train.SessionRunHook):  # type: ignore[misc]
    """Shows the metrics at the end of each evaluation."""

    def __init__(self, show: Callable[[str], None]) -> None:
        """Makes the hook; `show` gets the line."""
        self._show = show

    def begin(self) -> None:
        """Finds the metrics: the values of the scalar summaries."""
        graph = tf.get_default_graph()
        self._metrics = {
            _tag(op): op.inputs[1]
            for op in graph.get_operations()
            if op.type == "ScalarSummary" and not _tag(op).startswith(_ONE_SEGMENT)
        }
        self._step = tf.train.get_global_step()

    def end(self, session: Any) -> None:
        """Reads and shows them."""
        step, metrics = session.run([self._step, self._metrics])
        values = "  ".join(f"{name} {float(value):.4g}" for name, value in metrics.items())
        self._show(f"evaluation at step {int(step):,}  {values}")


def _tag(op: Any) -> str:
    """The name a scalar summary is shown under."""
    return str(tf.get_static_value(op.inputs[0]).item().decode())
