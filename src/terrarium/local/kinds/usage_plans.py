"""API keys and usage plans of API Gateway, which decide who may use the stages of WebSocket APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.settings import Throttle
from terrarium.local.edge.websocket_api.usage import PERIODS, ApiKey, Quota, UsagePlan, UsagePlans
from terrarium.local.kinds.kind import Parts, Passive
from terrarium.local.registry import Entry

KEY, PLAN, MEMBER = "aws_api_gateway_api_key", "aws_api_gateway_usage_plan", "aws_api_gateway_usage_plan_key"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html
_LENGTHS = range(20, 129)


class UsagePlanKind(Passive):
    """Keys, plans, and which key is in which plan."""

    types: ClassVar[tuple[str, ...]] = (KEY, PLAN, MEMBER)

    def __init__(self, parts: Parts) -> None:
        self._registry = parts.registry
        self.plans = UsagePlans(parts.clock)

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        if entry.type == KEY:
            return _checked_key(entry)
        if entry.type == PLAN:
            _checked_plan(entry)
            return {}
        found = self._registry.of(KEY, id=entry["key_id"])
        return {"id": entry["key_id"], **({name: found[0][name] for name in ("name", "value")} if found else {})}

    async def start(self) -> None:
        self._update()

    async def arrived(self, entry: Entry) -> None:
        """Goes by what is there now."""
        del entry
        self._update()

    async def left(self, entry: Entry) -> None:
        """Goes by what is left."""
        del entry
        self._update()

    def reached_at(self, entry: Entry) -> str:
        return f"aws apigateway get-api-key --api-key {entry['id']} --include-value" if entry.type == KEY else ""

    def _update(self) -> None:
        keys = {one["id"]: ApiKey(one["id"], one["value"], one.get("enabled", True)) for one in self._registry.of(KEY)}
        self.plans.update(_plan(one, self._registry.of(MEMBER, usage_plan_id=one["id"]), keys) for one in self._plans())

    def _plans(self) -> list[Entry]:
        return self._registry.of(PLAN)


def _plan(entry: Entry, members: list[Entry], keys: Mapping[str, ApiKey]) -> UsagePlan:
    throttle, quota = entry.block("throttle_settings"), entry.block("quota_settings")
    return UsagePlan(
        entry["id"],
        frozenset((one["api_id"], one["stage"]) for one in entry.get("api_stages", ())),
        tuple(keys[member["key_id"]] for member in members if member["key_id"] in keys),
        Throttle(float(throttle.get("rate_limit") or 0), int(throttle.get("burst_limit") or 0)) if throttle else None,
        Quota(int(quota["limit"]), quota["period"], int(quota.get("offset") or 0)) if quota else None,
    )


def _checked_key(entry: Entry) -> Mapping[str, Any]:
    if len(entry["value"]) not in _LENGTHS:
        hint = "from 20 to 128 characters; without one AWS makes it"
        raise UserError("API Key value should be at least 20 characters", where=entry.origin, hint=hint)
    return {}


def _checked_plan(entry: Entry) -> None:
    quota = entry.block("quota_settings")
    if quota and quota.get("period") not in PERIODS:
        raise UserError(
            f"the quota of {entry.address} has the period {quota.get('period')!r}",
            where=entry.origin,
            hint=f"choose one of {', '.join(PERIODS)}",
        )
    if any(one.get("throttle") for one in entry.get("api_stages", ())):
        raise UserError(
            f"{entry.address} throttles methods of a stage",
            where=entry.origin,
            hint="those are methods of REST APIs; throttle the plan as a whole, or the stage's routes",
        )
