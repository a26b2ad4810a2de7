"""When an event is tried again, and when it is given up. Nothing here knows any time but what it is told.

See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html.
"""

from __future__ import annotations

from msgspec import Struct

RETRY_DELAYS = (60.0, 120.0)  # seconds before the first and the second retry of a function's error
FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 300.0  # seconds, after throttling and after errors of the platform


class EventSettings(Struct, frozen=True):
    """How a function's event invocations are treated.

    Attributes:
        maximum_retry_attempts: 0 to 2.
        maximum_event_age: Seconds, 60 to 21,600.
        on_success: ARN of who is told of events that succeed; empty for nobody.
        on_failure: ARN of who is told of the others.
    """

    maximum_retry_attempts: int = 2
    maximum_event_age: float = 21_600.0
    on_success: str = ""
    on_failure: str = ""


class EventAttempts(Struct):
    """What to do after each attempt at one event.

    Args:
        settings: The function's.
        accepted: When the event was accepted, in seconds.
        failures: How often the function has failed.
        invocations: How often it has run.
        condition: How it ended, once it has.
        back_off: Seconds until the next attempt after the platform's next refusal.
    """

    settings: EventSettings
    accepted: float
    failures: int = 0
    invocations: int = 0
    condition: str = ""
    back_off: float = FIRST_BACK_OFF

    def succeeded(self) -> None:
        """The function returned."""
        self.invocations += 1
        self.condition = "Success"

    def failed(self, now: float) -> float | None:
        """The function raised or timed out.

        Returns:
            Seconds until the next attempt; None where it is given up, `condition` saying why.
        """
        self.invocations += 1
        self.failures += 1
        if self.failures > self.settings.maximum_retry_attempts:
            self.condition = "RetriesExhausted"
            return None
        return self._unless_too_old(now, RETRY_DELAYS[self.failures - 1])

    def refused(self, now: float) -> float | None:
        """The platform did not run it; as `failed`."""
        delay = self.back_off
        self.back_off = min(2 * delay, LONGEST_BACK_OFF)
        return self._unless_too_old(now, delay)

    def too_old(self, now: float) -> bool:
        """Whether it has waited longer than it may, so that it is not tried again."""
        if now <= self.accepted + self.settings.maximum_event_age:
            return False
        self.condition = "EventAgeExceeded"
        return True

    def _unless_too_old(self, now: float, delay: float) -> float | None:
        return None if self.too_old(now + delay) else delay
