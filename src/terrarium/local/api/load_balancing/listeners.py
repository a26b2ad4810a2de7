"""Operations on listeners.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html and its neighbours
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from terrarium.local.api.load_balancing.actions import Actions
from terrarium.local.api.load_balancing.attributes import LISTENER as TABLE
from terrarium.local.api.load_balancing.attributes import changed, described
from terrarium.local.api.load_balancing.balancers import kind_of, remove_listener
from terrarium.local.api.load_balancing.model import Asked, shape
from terrarium.local.api.load_balancing.names import actions_as_members, attributes, members
from terrarium.local.api.load_balancing.network import Network
from terrarium.local.api.load_balancing.paging import page
from terrarium.local.api.load_balancing.records import BALANCER, CERTIFICATE, LISTENER, Records
from terrarium.local.api.load_balancing.tags import tags_of
from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

PROTOCOLS: Mapping[str, Sequence[str]] = {
    "application": ("HTTP", "HTTPS"),
    "network": ("TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"),
    "gateway": (),
}
#: What a listener that is made by a call has; https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
_POLICY = "ELBSecurityPolicy-2016-08"
_SECURE = ("HTTPS", "TLS")


class Listeners:
    """Listeners.

    Args:
        records: What there is.
        network: Where certificates are.
        actions: Reads what they do.
    """

    def __init__(self, records: Records, network: Network, actions: Actions) -> None:
        self._records = records
        self._network = network
        self._actions = actions

    async def create(self, asked: Asked) -> dict[str, Any]:
        """Creates one; the same once more is the one that is there."""
        balancer = self._records.one(BALANCER, asked["LoadBalancerArn"])
        present = self._records.of(LISTENER, load_balancer_arn=balancer["arn"])
        values = await self._values(asked, balancer, None)
        for there in present:
            if there.get("port") == values.get("port"):
                if any(there.get(name) != value for name, value in values.items()):
                    message = f"A listener already exists on this port for this load balancer '{balancer['arn']}'"
                    raise AwsError("DuplicateListener", message)
                return {"Listeners": [_told(there)]}
        self._records.refuse_more(LISTENER, len(present))
        arn = f"{balancer['arn'].replace(':loadbalancer/', ':listener/')}/{secrets.token_hex(8)}"
        values |= {
            "id": arn,
            "arn": arn,
            "load_balancer_arn": balancer["arn"],
            "tags": tags_of(asked.get("Tags", ())),
        }
        entry = await self._records.resources.put(LISTENER, f"{balancer['name']}-{arn.rpartition('/')[2]}", values)
        return {"Listeners": [_told(entry)]}

    async def modify(self, asked: Asked) -> dict[str, Any]:
        """Changes one; what is not given stays."""
        entry = self._records.one(LISTENER, asked["ListenerArn"])
        balancer = self._records.one(BALANCER, entry["load_balancer_arn"])
        values = await self._values(asked, balancer, entry)
        for there in self._records.of(LISTENER, load_balancer_arn=balancer["arn"]):
            if there["arn"] != entry["arn"] and there.get("port") == values.get("port", entry.get("port")):
                message = f"A listener already exists on this port for this load balancer '{balancer['arn']}'"
                raise AwsError("DuplicateListener", message)
        return {"Listeners": [_told(await self._records.resources.change(entry, values))]}

    # Terraform's attributes are of any type.
    async def _values(self, asked: Asked, balancer: Entry, before: Entry | None) -> dict[str, Any]:
        kind = kind_of(balancer)
        known = before.values if before is not None else {}
        protocol = asked.get("Protocol", known.get("protocol"))
        if kind != "gateway":
            for name, value in (("protocol", protocol), ("port", asked.get("Port", known.get("port")))):
                if value is None:
                    raise AwsError("ValidationError", f"A {name} must be specified for listeners of this load balancer")
        if protocol is not None and protocol not in PROTOCOLS[kind]:
            message = f"Protocol '{protocol}' is not supported for listeners of load balancers with type '{kind}'"
            raise AwsError("UnsupportedProtocol" if kind == "gateway" else "ValidationError", message)
        values: dict[str, Any] = {"protocol": protocol, "port": asked.get("Port", known.get("port"))}
        values |= await self._security(asked, protocol, known)
        if "DefaultActions" in asked:
            values["default_action"] = self._actions.read(asked["DefaultActions"], balancer, protocol)
        if "MutualAuthentication" in asked:
            values["mutual_authentication"] = [
                attributes(asked["MutualAuthentication"], shape("MutualAuthenticationAttributes"))
            ]
        if "AlpnPolicy" in asked:
            values["alpn_policy"] = asked["AlpnPolicy"][0] if asked["AlpnPolicy"] else None
        return {name: value for name, value in values.items() if value is not None or name in known}

    async def _security(self, asked: Asked, protocol: str | None, known: Mapping[str, Any]) -> dict[str, Any]:
        """Certificate and policy, which listeners with TLS alone have."""
        certificates = asked.get("Certificates", ())
        if protocol not in _SECURE:
            if certificates or asked.get("SslPolicy"):
                message = f"Certificates and SSL policies cannot be specified for {protocol} listeners"
                raise AwsError("InvalidConfigurationRequest", message)
            return {"certificate_arn": None, "ssl_policy": None}
        if len(certificates) > 1:
            raise AwsError("ValidationError", "You must specify exactly one default certificate")
        arn = certificates[0].get("CertificateArn") if certificates else known.get("certificate_arn")
        if not arn:
            raise AwsError("ValidationError", f"A certificate must be specified for {protocol} listeners")
        await self._network.check_certificate(arn)
        policy = asked.get("SslPolicy") or known.get("ssl_policy") or _POLICY
        if policy != known.get("ssl_policy"):
            await self._network.check_policy(policy)
        return {"certificate_arn": arn, "ssl_policy": policy}

    async def describe(self, asked: Asked) -> dict[str, Any]:
        """Describes those of a balancer, or some."""
        arns, balancer = asked.get("ListenerArns"), asked.get("LoadBalancerArn")
        if not arns and not balancer:
            raise AwsError("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
        if arns:
            return page("Listeners", self._records.some(LISTENER, arns), asked, _told)
        found = self._records.of(LISTENER, load_balancer_arn=self._records.one(BALANCER, str(balancer))["arn"])
        return page("Listeners", found, asked, _told)

    async def delete(self, asked: Asked) -> dict[str, Any]:
        """Deletes one with its rules."""
        await remove_listener(self._records, self._records.one(LISTENER, asked["ListenerArn"]))
        return {}

    async def describe_attributes(self, asked: Asked) -> dict[str, Any]:
        """Every attribute that a listener of its protocol has."""
        entry = self._records.one(LISTENER, asked["ListenerArn"])
        return {"Attributes": described(entry, TABLE, _protocol(entry))}

    async def modify_attributes(self, asked: Asked) -> dict[str, Any]:
        """Changes attributes, and tells all of them."""
        entry = self._records.one(LISTENER, asked["ListenerArn"])
        values = changed(entry, asked["Attributes"], TABLE, _protocol(entry), "Listener")
        entry = await self._records.resources.change(entry, values)
        return {"Attributes": described(entry, TABLE, _protocol(entry))}

    async def describe_certificates(self, asked: Asked) -> dict[str, Any]:
        """The default certificate, and those that are there besides."""
        entry = self._records.one(LISTENER, asked["ListenerArn"])
        default = (
            [{"CertificateArn": entry["certificate_arn"], "IsDefault": True}] if entry.get("certificate_arn") else []
        )
        more = self._records.of(CERTIFICATE, listener_arn=entry["arn"])
        return {
            "Certificates": [
                *default,
                *({"CertificateArn": one["certificate_arn"], "IsDefault": False} for one in more),
            ]
        }

    async def add_certificates(self, asked: Asked) -> dict[str, Any]:
        """Adds certificates; one that is there already stays as it is."""
        entry = self._records.one(LISTENER, asked["ListenerArn"])
        if entry.get("protocol") not in _SECURE:
            raise AwsError("InvalidConfigurationRequest", "Certificates can be added to listeners with TLS only")
        arns = [one["CertificateArn"] for one in asked["Certificates"] if one.get("CertificateArn")]
        for arn in arns:
            await self._network.check_certificate(arn)
        for arn in arns:
            present = self._records.of(CERTIFICATE, listener_arn=entry["arn"])
            if arn not in {one["certificate_arn"] for one in present} | {entry.get("certificate_arn")}:
                self._records.refuse_more(CERTIFICATE, len(present))
                values = {"listener_arn": entry["arn"], "certificate_arn": arn, "id": f"{entry['arn']}_{arn}"}
                await self._records.resources.put(CERTIFICATE, f"{entry.label}-{secrets.token_hex(4)}", values)
        return {"Certificates": [{"CertificateArn": arn, "IsDefault": False} for arn in arns]}

    async def remove_certificates(self, asked: Asked) -> dict[str, Any]:
        """Removes certificates, but never the default one."""
        entry = self._records.one(LISTENER, asked["ListenerArn"])
        arns = [one.get("CertificateArn") for one in asked["Certificates"]]
        if entry.get("certificate_arn") in arns:
            raise AwsError("OperationNotPermitted", "The default certificate of a listener cannot be removed")
        for one in self._records.of(CERTIFICATE, listener_arn=entry["arn"]):
            if one["certificate_arn"] in arns:
                await self._records.resources.remove(one)
        return {}


def _protocol(entry: Entry) -> str:
    return str(entry.get("protocol", "HTTP"))


def _told(entry: Entry) -> dict[str, Any]:
    found = {
        "ListenerArn": entry["arn"],
        "LoadBalancerArn": entry["load_balancer_arn"],
        "Port": entry.get("port"),
        "Protocol": entry.get("protocol", None if entry.get("port") is None else "HTTP"),
        "SslPolicy": entry.get("ssl_policy"),
        "DefaultActions": actions_as_members(entry["default_action"]),
        "AlpnPolicy": [entry["alpn_policy"]] if entry.get("alpn_policy") else None,
    }
    if entry.get("certificate_arn"):
        found["Certificates"] = [{"CertificateArn": entry["certificate_arn"]}]
    if entry.get("mutual_authentication"):
        found["MutualAuthentication"] = members(entry["mutual_authentication"], shape("MutualAuthenticationAttributes"))
    elif entry.get("protocol") == "HTTPS":
        found["MutualAuthentication"] = {"Mode": "off"}
    return found
