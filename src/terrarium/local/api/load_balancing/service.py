"""Elastic Load Balancing (version 2015-12-01) on the wire; Classic Load Balancers are others' to answer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from terrarium.errors import UserError
from terrarium.local.api.call import AwsCall, Service, respond
from terrarium.local.api.load_balancing.actions import Actions
from terrarium.local.api.load_balancing.balancers import Balancers
from terrarium.local.api.load_balancing.groups import Groups
from terrarium.local.api.load_balancing.listeners import Listeners
from terrarium.local.api.load_balancing.model import NAMESPACE, Asked, read
from terrarium.local.api.load_balancing.network import Ask, Network
from terrarium.local.api.load_balancing.records import Records
from terrarium.local.api.load_balancing.rules import Rules
from terrarium.local.api.load_balancing.tags import Tags
from terrarium.local.api.load_balancing.targets import Health, Targets
from terrarium.local.api.query import query_reply, read_query
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock

VERSION = "2015-12-01"
_BODY_LIMIT = 1024 * 1024

# Parameters and results have the members that each operation defines.
Operation = Callable[[Asked], Awaitable[Mapping[str, Any]]]

#: What says the same of every balancer, and what is nobody's here: answered by whoever answers the rest.
_OTHERS = ("DescribeSSLPolicies", "DescribeAccountLimits")


class LoadBalancing:
    """The ``elasticloadbalancing`` signing name.

    Args:
        resources: Where everything is recorded and comes alive.
        others: Answers for Classic Load Balancers, for other regions, and what it answers for every balancer alike.
        ask: Asks other services what they know.
        health: The targets' health by target group.
        clock: Time.
        region: Where balancers are.
        account: Whose they are.
    """

    def __init__(
        self,
        resources: Resources,
        others: Service,
        ask: Ask,
        health: Health,
        clock: Clock,
        *,
        region: str,
        account: str,
    ) -> None:
        self._others = others
        self._clock = clock
        self._region = region
        place = f"arn:aws:elasticloadbalancing:{region}:{account}:"
        records, network = Records(resources), Network(resources, ask)
        actions = Actions(records)
        self._balancers = Balancers(records, network, place, region, self._now())
        self._operations = self._table(
            Listeners(records, network, actions),
            Rules(records, actions),
            Groups(records, network, place),
            Targets(records, network, health),
            Tags(records),
        )
        #: What looks for a free name, port or priority and takes it must not do so beside another.
        self._one_at_a_time = asyncio.Lock()

    def _table(
        self, listeners: Listeners, rules: Rules, groups: Groups, targets: Targets, tags: Tags
    ) -> Mapping[str, Operation]:
        balancers = self._balancers
        return {
            "CreateLoadBalancer": self._create_balancer,
            "DescribeLoadBalancers": balancers.describe,
            "DeleteLoadBalancer": balancers.delete,
            "DescribeLoadBalancerAttributes": balancers.describe_attributes,
            "ModifyLoadBalancerAttributes": balancers.modify_attributes,
            "SetSecurityGroups": balancers.set_security_groups,
            "SetSubnets": balancers.set_subnets,
            "SetIpAddressType": balancers.set_ip_address_type,
            "DescribeCapacityReservation": balancers.describe_capacity,
            "CreateListener": listeners.create,
            "DescribeListeners": listeners.describe,
            "ModifyListener": listeners.modify,
            "DeleteListener": listeners.delete,
            "DescribeListenerAttributes": listeners.describe_attributes,
            "ModifyListenerAttributes": listeners.modify_attributes,
            "DescribeListenerCertificates": listeners.describe_certificates,
            "AddListenerCertificates": listeners.add_certificates,
            "RemoveListenerCertificates": listeners.remove_certificates,
            "CreateRule": rules.create,
            "DescribeRules": rules.describe,
            "ModifyRule": rules.modify,
            "DeleteRule": rules.delete,
            "SetRulePriorities": rules.set_priorities,
            "CreateTargetGroup": groups.create,
            "DescribeTargetGroups": groups.describe,
            "ModifyTargetGroup": groups.modify,
            "DeleteTargetGroup": groups.delete,
            "DescribeTargetGroupAttributes": groups.describe_attributes,
            "ModifyTargetGroupAttributes": groups.modify_attributes,
            "RegisterTargets": targets.register,
            "DeregisterTargets": targets.deregister,
            "DescribeTargetHealth": targets.describe_health,
            "AddTags": tags.add,
            "RemoveTags": tags.remove,
            "DescribeTags": tags.describe,
        }

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        params = read_query(await call.body(_BODY_LIMIT)) or dict(call.request.query)
        operation = str(params.get("Action", call.operation))
        if params.get("Version") != VERSION or call.region != self._region or operation in _OTHERS:
            return await self._others.answer(call)
        carry_out = self._operations.get(operation)
        if carry_out is None:
            raise AwsError("InvalidAction", f"Terrarium does not support elasticloadbalancing:{operation} yet")
        result = await self._carried_out(carry_out, operation, read(operation, params))
        return respond(query_reply(operation, NAMESPACE, result, call.request_id))

    async def _carried_out(self, carry_out: Operation, operation: str, asked: Asked) -> Mapping[str, Any]:
        if operation.startswith("Describe"):
            return await carry_out(asked)
        try:
            async with self._one_at_a_time:
                return await carry_out(asked)
        except UserError as error:  # AWS would take it, and it cannot be alive here
            raise AwsError("InvalidConfigurationRequest", str(error)) from error

    async def _create_balancer(self, asked: Asked) -> Mapping[str, Any]:
        return await self._balancers.create(asked, self._now())

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
