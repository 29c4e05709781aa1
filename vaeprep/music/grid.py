"""How long a step of a grid is.

The order of the operations is Magenta's and decides the last bit, but at
`EXAMPLE_QPM`: there 60 / qpm is exactly a half, so that every order gives the same.
"""

EXAMPLE_QPM = 120.0
"""Every example is at this tempo (note_seq's `DEFAULT_QUARTERS_PER_MINUTE`)."""


def step_seconds(steps_per_quarter: int, qpm: float = EXAMPLE_QPM) -> float:
    """Seconds of a step."""
    return 60.0 / qpm / steps_per_quarter


def step_rate(steps_per_quarter: int, qpm: float = EXAMPLE_QPM) -> float:
    """Steps in a second (note_seq's `steps_per_quarter_to_steps_per_second`)."""
    return steps_per_quarter * qpm / 60.0
