"""An application load balancer (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/)."""

from __future__ import annotations

from collections.abc import Sequence

from terrarium.aws.dns import Certificate
from terrarium.aws.instance import Instance
from terrarium.model.expressions import Value
from terrarium.model.graph import Module, Resource

# TLS 1.3 and 1.2 with forward secrecy: what AWS recommends.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"


class TargetGroup:
    """Those among whom a balancer shares requests.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        name: Its name in AWS, at most 32 characters.
        vpc: The VPC's id.
        port: The port they serve.
        health: The path that is asked.
        sticky: Seconds for which a client stays with one target; 0 for not at all.
        interval: Seconds between health checks.
        timeout: Seconds that one may take.
        thresholds: How many in a row make a target healthy, and unhealthy.
        deregistration_delay: Seconds that a leaving target has to finish.
    """

    def __init__(
        self,
        scope: Module,
        label: str,
        *,
        name: Value,
        vpc: Value,
        port: int = 80,
        health: Value = "/",
        sticky: int = 0,
        interval: int = 30,
        timeout: int = 5,
        thresholds: tuple[int, int] = (2, 2),
        deregistration_delay: int = 30,
    ) -> None:
        self.scope = scope
        self.label = label
        self.port = port
        with scope.layer("load_balancer"):
            self.resource = scope.add(
                "aws_lb_target_group",
                label,
                name=name,
                port=port,
                protocol="HTTP",
                vpc_id=vpc,
                deregistration_delay=deregistration_delay,
                health_check={
                    "path": health,
                    "interval": interval,
                    "timeout": timeout,
                    "healthy_threshold": thresholds[0],
                    "unhealthy_threshold": thresholds[1],
                },
                stickiness={"type": "lb_cookie", "cookie_duration": sticky, "enabled": True} if sticky else None,
            )

    @property
    def arn(self) -> Value:
        """Its ARN."""
        return self.resource["arn"]

    def attach(self, instance: Instance) -> Resource:
        """Makes an instance one of the targets."""
        with self.scope.layer("load_balancer"):
            return self.scope.add(
                "aws_lb_target_group_attachment",
                instance.label,
                target_group_arn=self.arn,
                target_id=instance.resource["id"],
                port=self.port,
            )


class LoadBalancer:
    """What clients reach, in front of targets.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        name: Its name in AWS, at most 32 characters.
        subnets: Ids of public subnets in two zones or more.
        security_groups: Ids of the firewalls around it.
        idle_timeout: Seconds of silence after which it closes a connection.
        protected: Whether AWS refuses to delete it.
    """

    def __init__(
        self,
        scope: Module,
        label: str,
        *,
        name: Value,
        subnets: Value,
        security_groups: Sequence[Value],
        idle_timeout: int = 60,
        protected: Value = False,
    ) -> None:
        self.scope = scope
        self.label = label
        with scope.layer("load_balancer"):
            self.resource = scope.add(
                "aws_lb",
                label,
                name=name,
                internal=False,
                load_balancer_type="application",
                security_groups=list(security_groups),
                subnets=subnets,
                idle_timeout=idle_timeout,
                drop_invalid_header_fields=True,
                enable_deletion_protection=protected,
            )

    @property
    def dns_name(self) -> Value:
        """The name that AWS gives it."""
        return self.resource["dns_name"]

    @property
    def zone_id(self) -> Value:
        """The hosted zone of that name."""
        return self.resource["zone_id"]

    def https(self, certificate: Certificate, group: TargetGroup, *, label: str = "https") -> Resource:
        """Listens on 443 and forwards to a group."""
        return self._listener(
            label,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate.arn,
            default_action={"type": "forward", "target_group_arn": group.arn},
        )

    def redirect_http(self, *, label: str = "http") -> Resource:
        """Listens on 80 and sends everybody to 443, for good (301)."""
        redirect = {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}
        return self._listener(
            label, port=80, protocol="HTTP", default_action={"type": "redirect", "redirect": redirect}
        )

    def http(self, group: TargetGroup, *, label: str = "http") -> Resource:
        """Listens on 80 and forwards to a group."""
        return self._listener(
            label, port=80, protocol="HTTP", default_action={"type": "forward", "target_group_arn": group.arn}
        )

    def _listener(self, label: str, **attributes: Value) -> Resource:
        with self.scope.layer("load_balancer"):
            return self.scope.add("aws_lb_listener", label, load_balancer_arn=self.resource["arn"], **attributes)
