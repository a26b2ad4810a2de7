"""A VPC with its subnets and routes (https://docs.aws.amazon.com/vpc/latest/userguide/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from terrarium.aws.access import Statement
from terrarium.aws.role import Role
from terrarium.model.expressions import Expression, Value
from terrarium.model.graph import Module, Resource

ANYWHERE = "0.0.0.0/0"


class Network:
    """Public subnets with a way to the internet, private ones without, unless NAT gives them one.

    Args:
        scope: Where it lives.
        label: The VPC's name in the module.
        cidr: The VPC's range of addresses.
        public: Ranges of the public subnets by the letter of their availability zone.
        private: Ranges of the private subnets, likewise.
        nat: How private subnets reach the internet: not at all (False), through one gateway (``"one"``), or one per
            zone (True or ``"per_zone"``; a condition that a deployer decides counts as per zone).
        endpoints: Gateway endpoints (``s3``, ``dynamodb``): free, and traffic to these services stays inside AWS.
        flow_logs: Whether every connection is logged.
        retention: Days for which that log is kept.
    """

    def __init__(
        self,
        scope: Module,
        label: str = "vpc",
        *,
        cidr: Value,
        public: Mapping[str, Value],
        private: Mapping[str, Value],
        nat: Value = False,
        endpoints: Sequence[Literal["s3", "dynamodb"]] = (),
        flow_logs: bool = True,
        retention: Value = 14,
    ) -> None:
        self.scope = scope
        with scope.layer("network"):
            self.vpc = scope.add(
                "aws_vpc",
                label,
                cidr_block=cidr,
                enable_dns_support=True,
                enable_dns_hostnames=True,
                tags=_name(scope, label),
            )
            self.gateway = scope.add("aws_internet_gateway", "igw", vpc_id=self.vpc["id"], tags=_name(scope, "igw"))
            self.public = {zone: self._subnet("public", zone, range_) for zone, range_ in public.items()}
            self.private = {zone: self._subnet("private", zone, range_) for zone, range_ in private.items()}
            self._public_routes()
            self.private_tables = {zone: self._private_table(zone) for zone in private}
            self._nat(nat)
            for service in endpoints:
                GatewayEndpoint(scope, service, vpc=self.vpc["id"], route_tables=self.private_route_table_ids)
        if flow_logs:
            self._flow_logs(label, retention)

    @property
    def public_subnets(self) -> list[Value]:
        """The public subnets' ids, zone by zone."""
        return [subnet["id"] for subnet in self.public.values()]

    @property
    def private_subnets(self) -> list[Value]:
        """The private subnets' ids, zone by zone."""
        return [subnet["id"] for subnet in self.private.values()]

    @property
    def private_route_table_ids(self) -> list[Value]:
        """The ids of the private subnets' route tables."""
        return [table["id"] for table in self.private_tables.values()]

    def _subnet(self, kind: str, zone: str, cidr: Value) -> Resource:
        label = f"{kind}_subnet_{zone}"
        return self.scope.add(
            "aws_subnet",
            label,
            vpc_id=self.vpc["id"],
            cidr_block=cidr,
            availability_zone=f"{self.scope.region}{zone}",
            map_public_ip_on_launch=kind == "public",
            tags=_name(self.scope, f"{kind}-{zone}"),
        )

    def _public_routes(self) -> None:
        table = self.scope.add("aws_route_table", "public", vpc_id=self.vpc["id"], tags=_name(self.scope, "public"))
        self.scope.add(
            "aws_route",
            "public_route",
            route_table_id=table["id"],
            destination_cidr_block=ANYWHERE,
            gateway_id=self.gateway["id"],
        )
        for zone, subnet in self.public.items():
            self.scope.add(
                "aws_route_table_association", f"public_{zone}", subnet_id=subnet["id"], route_table_id=table["id"]
            )

    def _private_table(self, zone: str) -> Resource:
        table = self.scope.add(
            "aws_route_table", f"private_{zone}", vpc_id=self.vpc["id"], tags=_name(self.scope, f"private-{zone}")
        )
        subnet = self.private[zone]
        self.scope.add(
            "aws_route_table_association", f"private_{zone}", subnet_id=subnet["id"], route_table_id=table["id"]
        )
        return table

    def _nat(self, nat: Value) -> None:
        if not isinstance(nat, Expression) and not nat:
            return
        when = nat if isinstance(nat, Expression) else True
        shared: Resource | None = None
        for (zone, table), outside in zip(self.private_tables.items(), self.public.values(), strict=False):
            gateway = shared or self._gateway(zone, outside, when)
            shared = gateway if not isinstance(nat, Expression) and nat == "one" else None
            self.scope.add(
                "aws_route",
                f"private_nat_{zone}",
                when=when,
                route_table_id=table["id"],
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=gateway["id"],
            )

    def _gateway(self, zone: str, subnet: Resource, when: Value) -> Resource:
        address = self.scope.add(
            "aws_eip", f"nat_{zone}", when=when, domain="vpc", tags=_name(self.scope, f"nat-{zone}")
        )
        return self.scope.add(
            "aws_nat_gateway",
            f"nat_{zone}",
            when=when,
            allocation_id=address["id"],
            subnet_id=subnet["id"],
            tags=_name(self.scope, f"nat-{zone}"),
            depends_on=[self.gateway],
        )

    def _flow_logs(self, label: str, retention: Value) -> None:
        """Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html."""
        with self.scope.layer("flow_logs"):
            name = f"{self.scope.prefix}-{label}-flow-logs"
            group = self.scope.add(
                "aws_cloudwatch_log_group",
                f"{label}_flow_log_group",
                name=f"/aws/vpc/{name}",
                retention_in_days=retention,
            )
            role = Role(self.scope, f"{label}_flow_log_role", name=name, service="vpc-flow-logs")
            writes = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
            role.grant([Statement(writes, (f"{group['arn']}:*",))])
            self.scope.add(
                "aws_flow_log",
                f"{label}_flow_log",
                iam_role_arn=role.arn,
                log_destination=group["arn"],
                traffic_type="ALL",
                vpc_id=self.vpc["id"],
                depends_on=role.policies,
            )


class GatewayEndpoint:
    """A way from private subnets to S3 or DynamoDB that leaves neither AWS nor a bill.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html

    Args:
        scope: Where it lives.
        label: Its name in the module, and the service unless `service` says otherwise.
        vpc: The VPC's id.
        route_tables: Ids of the route tables that lead there.
        service: ``s3`` or ``dynamodb``.
    """

    def __init__(
        self, scope: Module, label: str, *, vpc: Value, route_tables: Value, service: str | None = None
    ) -> None:
        self.resource = scope.add(
            "aws_vpc_endpoint",
            label,
            vpc_id=vpc,
            service_name=f"com.amazonaws.{scope.region}.{service or label}",
            vpc_endpoint_type="Gateway",
            route_table_ids=route_tables,
            tags=_name(scope, label),
        )


class SecurityGroup:
    """A firewall around instances or balancers: nothing comes in that a rule does not allow.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        vpc: The VPC's id.
        name: Its name in AWS; from the architecture's prefix, if not given.
        description: One sentence for people; AWS cannot change it later.
        outbound: Whether everything may go out.
    """

    def __init__(
        self, scope: Module, label: str, *, vpc: Value, description: str, name: Value = None, outbound: bool = True
    ) -> None:
        self.scope = scope
        self.label = label
        with scope.layer("security"):
            self.resource = scope.add(
                "aws_security_group",
                label,
                name=f"{scope.prefix}-{label}" if name is None else name,
                description=description,
                vpc_id=vpc,
            )
            if outbound:
                scope.add(
                    "aws_vpc_security_group_egress_rule",
                    f"{label}_all",
                    security_group_id=self.id,
                    description="Anything may go out",
                    ip_protocol="-1",
                    cidr_ipv4=ANYWHERE,
                )

    @property
    def id(self) -> Value:
        """Its id."""
        return self.resource["id"]

    def allow(
        self, rule: str, port: int, source: SecurityGroup | Value, description: str, *, when: Value = True
    ) -> Resource:
        """Lets TCP connections in.

        Args:
            rule: The rule's name in the module, after the group's.
            port: The port.
            source: Another group, or a range of addresses.
            description: One sentence for people.
            when: Whether the rule exists.
        """
        peer = (
            {"referenced_security_group_id": source.id} if isinstance(source, SecurityGroup) else {"cidr_ipv4": source}
        )
        with self.scope.layer("security"):
            return self.scope.add(
                "aws_vpc_security_group_ingress_rule",
                f"{self.label}_{rule}",
                when=when,
                security_group_id=self.id,
                description=description,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                **peer,
            )


def _name(scope: Module, name: str) -> dict[str, Value]:
    """The tag that AWS's console shows as a name."""
    return {"Name": f"{scope.prefix}-{name}"}
