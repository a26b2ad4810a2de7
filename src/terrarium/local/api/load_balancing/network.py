"""What balancers stand in and on: subnets, firewalls, instances, certificates, whoever made them.

What the architecture describes is in the registry; what calls made is known to whoever answers for those services.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError

#: Asks another service something: from botocore's name of it, an operation and parameters to the result.
Ask = Callable[[str, str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class Subnet(Struct, frozen=True):
    """A subnet, its Availability Zone and its VPC."""

    id: str
    zone: str
    vpc: str


class Network:
    """What there is around balancers.

    Args:
        resources: What is recorded here.
        ask: Asks for what is not.
    """

    def __init__(self, resources: Resources, ask: Ask) -> None:
        self._resources = resources
        self._ask = ask

    async def subnets(self, ids: Sequence[str]) -> list[Subnet]:
        """Subnets by their ids.

        Raises:
            AwsError: ``SubnetNotFound``.
        """
        found = [(id, await self._subnet(id)) for id in ids]
        for id, subnet in found:
            if subnet is None:
                raise AwsError("SubnetNotFound", f"The subnet ID '{id}' does not exist")
        return [subnet for _, subnet in found if subnet is not None]

    async def known_subnets(self, ids: Sequence[str]) -> list[Subnet]:
        """Those subnets that there are: an architecture may name some that it looks up, and nobody here has."""
        found = [await self._subnet(id) for id in ids]
        return [subnet for subnet in found if subnet is not None]

    async def _subnet(self, id: str) -> Subnet | None:
        for entry in self._resources.of("aws_subnet", id=id):
            return Subnet(id, str(entry.get("availability_zone", "")), str(entry.get("vpc_id", "")))
        found = await self._found("ec2", "DescribeSubnets", {"SubnetIds": [id]}, "Subnets")
        return Subnet(id, found[0]["AvailabilityZone"], found[0]["VpcId"]) if found else None

    async def check_security_groups(self, ids: Sequence[str]) -> None:
        """Looks whether there are such firewalls.

        Raises:
            AwsError: ``InvalidSecurityGroup``.
        """
        for id in ids:
            known = self._resources.of("aws_security_group", "aws_default_security_group", id=id)
            if not known and not await self._found(
                "ec2", "DescribeSecurityGroups", {"GroupIds": [id]}, "SecurityGroups"
            ):
                raise AwsError("InvalidSecurityGroup", f"The security group '{id}' does not exist")

    async def default_security_groups(self, vpc: str) -> list[str]:
        """The firewall that a VPC comes with, where one is known."""
        filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
        if self._resources.of("aws_vpc", id=vpc):
            return [str(one["id"]) for one in self._resources.of("aws_default_security_group", vpc_id=vpc)]
        found = await self._found("ec2", "DescribeSecurityGroups", {"Filters": filters}, "SecurityGroups")
        return [one["GroupId"] for one in found]

    async def check_vpc(self, id: str) -> None:
        """Looks whether there is such a VPC.

        Raises:
            AwsError: ``ValidationError``.
        """
        known = self._resources.of("aws_vpc", "aws_default_vpc", id=id)
        if not known and not await self._found("ec2", "DescribeVpcs", {"VpcIds": [id]}, "Vpcs"):
            raise AwsError("ValidationError", f"The VPC ID '{id}' is not found")

    async def check_instance(self, id: str) -> None:
        """Looks whether an instance is there and runs.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html

        Raises:
            AwsError: ``InvalidTarget``.
        """
        if self._resources.of("aws_instance", id=id):
            return
        reservations = await self._found("ec2", "DescribeInstances", {"InstanceIds": [id]}, "Reservations")
        states = [one["State"]["Name"] for reservation in reservations for one in reservation["Instances"]]
        if states != ["running"]:
            message = f"The following targets are not in a running state and cannot be registered: '{id}'"
            raise AwsError("InvalidTarget", message)

    async def check_certificate(self, arn: str) -> None:
        """Looks whether there is such a certificate, of ACM or of IAM.

        Raises:
            AwsError: ``CertificateNotFound``.
        """
        if self._resources.of("aws_acm_certificate", "aws_iam_server_certificate", arn=arn):
            return
        if ":iam::" in arn:
            name = arn.rpartition("/")[2]
            found = await self._found(
                "iam", "GetServerCertificate", {"ServerCertificateName": name}, "ServerCertificate"
            )
        else:
            found = await self._found("acm", "DescribeCertificate", {"CertificateArn": arn}, "Certificate")
        if not found:
            raise AwsError("CertificateNotFound", f"Certificate '{arn}' not found")

    async def check_policy(self, name: str) -> None:
        """Looks whether there is such a security policy for TLS.

        Raises:
            AwsError: ``SSLPolicyNotFound``.
        """
        if not await self._found("elbv2", "DescribeSSLPolicies", {"Names": [name]}, "SslPolicies"):
            raise AwsError("SSLPolicyNotFound", f"SSL policy '{name}' not found")

    async def _found(self, service: str, operation: str, params: Mapping[str, Any], member: str) -> Any:
        """What another service knows, nothing where it refuses."""
        try:
            return (await self._ask(service, operation, params)).get(member) or ()
        except AwsError as refused:
            if refused.status >= 500:
                raise
            return ()
