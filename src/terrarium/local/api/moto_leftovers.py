"""What moto keeps for ever of what is gone: it is left out where two runs are compared.

Lives in moto's process only. AWS keeps none of it, or makes it by itself when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.backends import get_backend

# What a backend keeps, by the names of its attributes.
Kept = Mapping[str, Any]

_EBS_ALIAS = "alias/aws/ebs"


def without_the_gone(service: str, account: str, region: str, kept: Kept) -> Kept:
    """What a service keeps of what is there.

    Args:
        service: moto's name of it.
        account: Whose.
        region: Where.
        kept: Everything that it keeps.
    """
    rule = _RULES.get(service)
    return kept if rule is None else {**kept, **rule(kept, account, region)}


def _ec2(ec2: Kept, account: str, region: str) -> dict[str, Any]:
    """Terminated instances and deleted endpoints, which AWS shows for a while; what went with a network.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html
    """
    networks, subnets = ec2["vpcs"], {id for zone in ec2["subnets"].values() for id in zone}
    left: dict[str, Callable[[str, Any], bool]] = {
        "reservations": lambda _, one: any(instance.state != "terminated" for instance in one.instances),
        "vpc_end_points": lambda _, one: one.state != "deleted",
        "network_acls": lambda _, one: one.vpc_id in networks,
        "enis": lambda _, one: one.subnet.id in subnets,
        "groups": lambda vpc, _: not vpc or vpc in networks,
        "tags": lambda *_: False,
    }
    found = {name: {id: one for id, one in ec2[name].items() if stays(id, one)} for name, stays in left.items()}
    # As a plain dictionary: asked otherwise it would make what is not there.
    accounts: dict[str, dict[str, Any]] = dict(get_backend("kms"))
    kms = dict(accounts.get(account, {})).get(region)
    default = None if kms is None else _ebs_key(vars(kms))
    return found | ({"default_kms_key_id": ""} if default and ec2["default_kms_key_id"] == default.arn else {})


def _kms(kms: Kept, account: str, region: str) -> dict[str, Any]:
    """The key of Amazon EBS, which AWS makes by itself when it is first needed.

    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key. What is encrypted with it names
    it, and is compared.
    """
    del account, region
    default = _ebs_key(kms)
    return {"keys": {id: key for id, key in kms["keys"].items() if key is not default}}


def _ebs_key(kms: Kept) -> Any | None:  # a key of moto's
    return next((key for key in kms["keys"].values() if list(key.aliases) == [_EBS_ALIAS]), None)


def _route53(route53: Kept, account: str, region: str) -> dict[str, Any]:
    """Tags of zones that are gone, and the sets of name servers that moto makes for zones that ask for none."""
    del account, region
    there = {*route53["zones"], *route53["health_checks"]}
    used = {id(zone.delegation_set) for zone in route53["zones"].values()}
    return {
        "resource_tags": {id: tags for id, tags in route53["resource_tags"].items() if id in there},
        "delegation_sets": {
            name: one
            for name, one in route53["delegation_sets"].items()
            if id(one) in used or not one.caller_reference.startswith("DelSet_")
        },
    }


def _acm(acm: Kept, account: str, region: str) -> dict[str, Any]:
    """Tokens of requests whose certificate is gone: they are forgotten after an hour in any case."""
    del account, region
    certificates = acm["_certificates"]
    tokens = {token: one for token, one in acm["_idempotency_tokens"].items() if one["arn"] in certificates}
    return {"_idempotency_tokens": tokens}


_RULES: Mapping[str, Callable[[Kept, str, str], dict[str, Any]]] = {
    "acm": _acm,
    "ec2": _ec2,
    "kms": _kms,
    "route53": _route53,
}
