"""How many invocations may run side by side: counts and the refusals that follow from them.

See https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from terrarium.local.aws_error import AwsError

ACCOUNT = 1000  # AWS's default quota for an account in a region


class Concurrency:
    """Counts the invocations that are under way.

    Args:
        reserved: The reserved concurrency of a function by name, None where it has none.
        reservations: The sum of all functions' reservations.
        account: How many may run in the whole account.
    """

    def __init__(
        self, reserved: Callable[[str], int | None], reservations: Callable[[], int], account: int = ACCOUNT
    ) -> None:
        self._reserved = reserved
        self._reservations = reservations
        self._account = account
        self._running: Counter[str] = Counter()
        self._unreserved = 0

    def enter(self, name: str) -> bool:
        """Counts an invocation in.

        Returns:
            What `leave` wants back: whether it took from what the account has left.

        Raises:
            AwsError: ``TooManyRequestsException``, with AWS's reason.
        """
        limit = self._reserved(name)
        if limit is None and self._unreserved >= self._account - self._reservations():
            raise _too_many("ConcurrentInvocationLimitExceeded")
        if limit is not None and self._running[name] >= limit:
            raise _too_many("ReservedFunctionConcurrentInvocationLimitExceeded")
        self._running[name] += 1
        self._unreserved += limit is None
        return limit is None

    def leave(self, name: str, unreserved: bool) -> int:
        """Counts it out.

        Args:
            name: The function.
            unreserved: What `enter` returned; the reservation may have changed since.

        Returns:
            How many of the function ran until now.
        """
        self._unreserved -= unreserved
        running = self._running[name]
        if running > 1:
            self._running[name] = running - 1
        else:
            del self._running[name]
        return running


def _too_many(reason: str) -> AwsError:
    return AwsError("TooManyRequestsException", "Rate Exceeded.", 429, Reason=reason, Type="User")
