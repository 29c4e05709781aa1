"""Magenta's training step with the same mathematics, computed in another order.

`compiled` is the way in.
"""

from vaeprep.training.step.patch import compiled, why_not

__all__ = ["compiled", "why_not"]
