"""The life of a program under a service manager, as a table of states. Pure: time is passed in.

States and limits are those of a systemd service with ``Restart=always``:
https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html,
https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html (StartLimitIntervalSec=)
"""

from __future__ import annotations

from typing import Literal

from terrarium.local.compute.programs.settings import RestartPolicy

State = Literal["inactive", "running", "restarting", "stopping", "auto-restart", "failed"]
Happening = Literal["start", "restart", "stop", "exited", "delay over"]
Effect = Literal["nothing", "spawn", "terminate", "wait"]

# (state, what happens) → (next state, what to do about it). Pairs not listed change nothing.
TABLE: dict[tuple[State, Happening], tuple[State, Effect]] = {
    ("inactive", "start"): ("running", "spawn"),
    ("inactive", "restart"): ("running", "spawn"),
    ("running", "restart"): ("restarting", "terminate"),
    ("running", "stop"): ("stopping", "terminate"),
    ("running", "exited"): ("auto-restart", "wait"),
    ("restarting", "stop"): ("stopping", "nothing"),
    ("restarting", "exited"): ("running", "spawn"),
    ("stopping", "start"): ("restarting", "nothing"),
    ("stopping", "restart"): ("restarting", "nothing"),
    ("stopping", "exited"): ("inactive", "nothing"),
    ("auto-restart", "delay over"): ("running", "spawn"),
    ("auto-restart", "restart"): ("running", "spawn"),
    ("auto-restart", "start"): ("running", "spawn"),
    ("auto-restart", "stop"): ("inactive", "nothing"),
    ("failed", "start"): ("running", "spawn"),
    ("failed", "restart"): ("running", "spawn"),
    ("failed", "stop"): ("inactive", "nothing"),
}

ASKED_FOR: frozenset[Happening] = frozenset({"start", "restart"})
"""What a person asks for begins the count of starts anew, as ``systemctl reset-failed`` does: something was mended."""


class Lifecycle:
    """Where one program stands.

    Args:
        policy: Delays and limits.
    """

    def __init__(self, policy: RestartPolicy) -> None:
        self.policy = policy
        self.state: State = "inactive"
        self._begun = 0.0
        self._starts = 0

    def on(self, happening: Happening, now: float) -> Effect:
        """Takes what happened and says what to do.

        Args:
            happening: Something asked for, or something that came about.
            now: Monotonic seconds.
        """
        state, effect = TABLE.get((self.state, happening), (self.state, "nothing"))
        if happening in ASKED_FOR:
            self._starts = 0
        if effect == "spawn" and not self._allowed(now):
            state, effect = "failed", "nothing"
        self.state = state
        return effect

    def _allowed(self, now: float) -> bool:
        """Whether one more start stays within the limit; the interval begins with its first start."""
        if self.policy.limit_interval <= 0:
            return True
        if self._starts == 0 or now - self._begun > self.policy.limit_interval:
            self._begun, self._starts = now, 0
        self._starts += 1
        return self._starts <= self.policy.limit_burst
