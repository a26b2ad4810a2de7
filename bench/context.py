"""What every case is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.peers import Peers


@dataclass(frozen=True)
class Context:
    """The circumstances of a run.

    Attributes:
        peers: Where the peers are.
        folder: Scratch space, removed afterwards.
        rounds: How often everybody has a turn.
        say: Tells whoever watches what happens now.
    """

    peers: Peers
    folder: Path
    rounds: int
    say: Callable[[str], None]

    def has(self, *names: str) -> bool:
        """Whether these peers are there; says it where they are not."""
        absent = [name for name in names if self.peers.version(name) is None]
        if absent:
            self.say(f"left out: {', '.join(absent)} (python bench/peers.py install)")
        return not absent
