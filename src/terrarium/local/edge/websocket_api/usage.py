"""API keys and usage plans: who may use a stage, how fast, and how much.

Values in, decisions out; time is passed in. It knows no calls that make keys, and not where a key stands in a request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct, field

from terrarium.local.clock import Clock
from terrarium.local.edge.websocket_api.replies import Refusal
from terrarium.local.edge.websocket_api.settings import Throttle
from terrarium.local.edge.websocket_api.throttle import TokenBucket

PERIODS: Final = ("DAY", "WEEK", "MONTH")


class ApiKey(Struct, frozen=True):
    """An API key.

    Attributes:
        id: Its id.
        value: What clients send.
        enabled: Whether it is of use.
    """

    id: str
    value: str
    enabled: bool = True


class Quota(Struct, frozen=True):
    """How many requests a key may make in a period.

    Attributes:
        limit: Requests.
        period: ``DAY``, ``WEEK`` or ``MONTH``; days are those of UTC.
        offset: Requests that count as made in the first period.
    """

    limit: int
    period: str
    offset: int = 0


class UsagePlan(Struct, frozen=True):
    """A usage plan.

    Attributes:
        id: Its id.
        stages: The stages it is for, by API id and stage name.
        keys: Its keys.
        throttle: What each key may do at a time.
        quota: What each key may do in all.
    """

    id: str
    stages: frozenset[tuple[str, str]]
    keys: tuple[ApiKey, ...] = ()
    throttle: Throttle | None = None
    quota: Quota | None = None


class _Use(Struct):
    """What one key has used of one plan."""

    bucket: TokenBucket | None
    period: str = ""
    made: int = 0


class UsagePlans(Struct):
    """Every plan of an account.

    Throttles and quotas are per key and plan. A key that was used keeps its count while plans change around it.

    Args:
        clock: Time.
    """

    clock: Clock
    _plans: Mapping[tuple[str, str], list[UsagePlan]] = field(default_factory=dict)
    _used: dict[tuple[str, str], tuple[UsagePlan, _Use]] = field(default_factory=dict)

    def update(self, plans: Iterable[UsagePlan]) -> None:
        """Goes by these plans from now on."""
        by_stage: dict[tuple[str, str], list[UsagePlan]] = {}
        for plan in plans:
            for stage in plan.stages:
                by_stage.setdefault(stage, []).append(plan)
        self._plans = by_stage

    def admit(self, api_id: str, stage: str, value: str) -> ApiKey | Refusal:
        """Whose key it is, once it has been counted; or why the request is refused.

        Args:
            api_id: The API.
            stage: The stage.
            value: What the client sent; empty where it sent nothing.
        """
        for plan in self._plans.get((api_id, stage), ()):
            for key in plan.keys:
                if value and key.value == value and key.enabled:
                    return self._counted(plan, key)
        return Refusal.INVALID_API_KEY

    def _counted(self, plan: UsagePlan, key: ApiKey) -> ApiKey | Refusal:
        use = self._use(plan, key)
        if use.bucket is not None and not use.bucket.take():
            return Refusal.THROTTLED
        if plan.quota is not None:
            period = _period(plan.quota.period, self.clock.now())
            if period != use.period:
                use.made = plan.quota.offset if not use.period else 0
                use.period = period
            if use.made >= plan.quota.limit:
                return Refusal.QUOTA_EXCEEDED
            use.made += 1
        return key

    def _use(self, plan: UsagePlan, key: ApiKey) -> _Use:
        known = self._used.get((plan.id, key.id))
        if known is not None and known[0].throttle == plan.throttle:
            return known[1]
        bucket = TokenBucket(plan.throttle, self.clock.monotonic) if plan.throttle is not None else None
        use = _Use(bucket) if known is None else _Use(bucket, known[1].period, known[1].made)
        self._used[plan.id, key.id] = (plan, use)
        return use


def _period(name: str, now: float) -> str:
    """What tells one period from the next."""
    day = dt.datetime.fromtimestamp(now, dt.UTC).date()
    if name == "MONTH":
        return f"{day:%Y-%m}"
    # Weeks begin on Sundays, as AWS's first day of a week is day 0.
    start = day - dt.timedelta(days=day.isoweekday() % 7) if name == "WEEK" else day
    return start.isoformat()
