"""What may never happen, watched beside the simulated world."""

from simulator.checkers.attend import ALL, Checkers, attach
from simulator.checkers.broken import InvariantBroken

__all__ = ["ALL", "Checkers", "InvariantBroken", "attach"]
