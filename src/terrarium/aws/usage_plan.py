"""Usage plans and API keys (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html)."""

from __future__ import annotations

from collections.abc import Iterable

from terrarium.aws.websocket_api import WebSocketApi
from terrarium.errors import UserError
from terrarium.model.expressions import Value
from terrarium.model.graph import Module, Resource
from terrarium.model.origin import origin


class UsagePlan:
    """Which API keys may use which APIs, how fast and how often. A route asks for one with ``api_key=True``.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        apis: The APIs, each with its stage.
        name: Its name in AWS; from the architecture's prefix, if not given.
        rate: Requests a second that each key may make in the long run; any number, if not given.
        burst: Requests that each key may make at once.
        quota: Requests that each key may make in a period; any number, if not given.
        period: ``DAY``, ``WEEK`` or ``MONTH``.

    Raises:
        UserError: There is no API.
    """

    def __init__(
        self,
        scope: Module,
        label: str,
        *,
        apis: Iterable[WebSocketApi],
        name: Value = None,
        rate: Value = None,
        burst: Value = 100,
        quota: Value = None,
        period: Value = "MONTH",
    ) -> None:
        stages = [{"api_id": api.resource["id"], "stage": api.stage["name"]} for api in apis]
        if not stages:
            raise UserError(f"the usage plan {label!r} is for no API", where=origin(), hint="apis=[queue]")
        self.scope = scope
        self.label = label
        with scope.layer("api"):
            self.resource = scope.add(
                "aws_api_gateway_usage_plan",
                label,
                name=f"{scope.prefix}-{label}" if name is None else name,
                api_stages=stages,
                throttle_settings=None if rate is None else {"rate_limit": rate, "burst_limit": burst},
                quota_settings=None if quota is None else {"limit": quota, "period": period},
            )

    def key(self, label: str, *, name: Value = None, enabled: Value = True) -> Resource:
        """A new API key of this plan; its ``value``, which AWS makes, is what clients send as ``x-api-key``.

        Args:
            label: Its name in the module.
            name: Its name in AWS; from the architecture's prefix, if not given.
            enabled: Whether it is of use.
        """
        with self.scope.layer("api"):
            key = self.scope.add(
                "aws_api_gateway_api_key",
                label,
                name=f"{self.scope.prefix}-{label}" if name is None else name,
                enabled=enabled,
            )
            self.scope.add(
                "aws_api_gateway_usage_plan_key",
                f"{self.label}_{label}",
                usage_plan_id=self.resource["id"],
                key_id=key["id"],
                key_type="API_KEY",
            )
        return key
