"""Names and the certificates that prove them (Route 53 and ACM)."""

from __future__ import annotations

from typing import Protocol

from terrarium.model.expressions import Value
from terrarium.model.graph import Lifecycle, Module, Resource


class Alias(Protocol):
    """Something that a name can stand for."""

    @property
    def dns_name(self) -> Value:
        """The name that AWS gave it."""
        ...

    @property
    def zone_id(self) -> Value:
        """The hosted zone of that name."""
        ...


class Zone:
    """A domain whose names Route 53 answers.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        domain: The domain, for example ``example.com``.
    """

    def __init__(self, scope: Module, label: str, *, domain: Value) -> None:
        self.scope = scope
        with scope.layer("dns"):
            self.resource = scope.add("aws_route53_zone", label, name=domain)

    @property
    def id(self) -> Value:
        """Its id."""
        return self.resource["zone_id"]

    def alias(self, label: str, name: Value, target: Alias) -> Resource:
        """Lets a name stand for something of AWS's, free of charge and only while that is healthy."""
        with self.scope.layer("dns"):
            return self.scope.add(
                "aws_route53_record",
                label,
                zone_id=self.id,
                name=name,
                type="A",
                alias={"name": target.dns_name, "zone_id": target.zone_id, "evaluate_target_health": True},
            )


class Certificate:
    """A certificate for a name, proven by a record in the zone, and waited for: whoever uses its ARN gets a valid one.

    Source: https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html

    Args:
        scope: Where it lives.
        label: Its name in the module.
        domain: The name.
        zone: The zone that answers for it.
    """

    def __init__(self, scope: Module, label: str, *, domain: Value, zone: Zone) -> None:
        with scope.layer("dns"):
            self.resource = scope.add(
                "aws_acm_certificate",
                label,
                domain_name=domain,
                validation_method="DNS",
                lifecycle=Lifecycle(create_before_destroy=True),
            )
            option = self.resource["domain_validation_options"].each_by("domain_name")
            record = scope.add(
                "aws_route53_record",
                f"{label}_validation",
                zone_id=zone.id,
                name=option["resource_record_name"],
                type=option["resource_record_type"],
                records=[option["resource_record_value"]],
                ttl=60,
            )
            self.validation = scope.add(
                "aws_acm_certificate_validation",
                label,
                certificate_arn=self.resource["arn"],
                validation_record_fqdns=record.every("fqdn"),
            )

    @property
    def arn(self) -> Value:
        """Its ARN, once it is valid."""
        return self.validation["certificate_arn"]
