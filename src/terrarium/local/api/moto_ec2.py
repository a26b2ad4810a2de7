"""Where moto's EC2 answers otherwise than AWS in a way that breaks clients, mended. Lives in moto's process only.

Each mending says what was wrong and where AWS says it; one goes once moto does it right.
"""

from __future__ import annotations

import importlib
from typing import Any

from botocore.session import Session

from terrarium.local.api.moto_balancers import take_balancers_by_name
from terrarium.local.api.moto_ids import use_wanted_ec2_ids

#: Gigabytes of the root volume of Amazon Linux's images, which moto too gives where nothing is said of the volume.
_IMAGE_SIZE = 8


def mend_ec2() -> None:
    """Everything there is to mend."""
    _load_without_its_model()
    use_wanted_ec2_ids()
    _size_volumes_as_their_image()
    _describe_rules_about_groups()
    take_balancers_by_name()


def _load_without_its_model() -> None:
    """moto read botocore's whole model of EC2 three times for one word in it, a quarter of what its first call took.

    To list regions, botocore asks a model what endpoints call the service: EC2 is ``ec2`` there.
    """
    own = Session.get_service_data
    Session.get_service_data = _named_as_its_endpoints  # type: ignore[method-assign, assignment]  # the purpose
    try:
        importlib.import_module("moto.ec2.models.availability_zones_and_regions")
    finally:
        Session.get_service_data = own  # type: ignore[method-assign]  # likewise


def _named_as_its_endpoints(_: Session, service: str, *_versions: str | None) -> dict[str, Any]:
    return {"metadata": {"endpointPrefix": service}}


def _size_volumes_as_their_image() -> None:
    """A block device that names neither size nor snapshot gets the size of its image's snapshot; moto refused it.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EbsBlockDevice.html (VolumeSize)
    """
    from moto.ec2.responses.instances import InstanceResponse

    own = InstanceResponse._validate_block_device_mapping

    def validate(device_mapping: dict[str, Any]) -> None:  # as the caller wrote it: members of any type
        volume = device_mapping.get("Ebs")
        if volume is not None and not volume.get("VolumeSize") and not volume.get("SnapshotId"):
            volume["VolumeSize"] = _IMAGE_SIZE
        own(device_mapping)

    InstanceResponse._validate_block_device_mapping = staticmethod(validate)  # type: ignore[method-assign]


def _describe_rules_about_groups() -> None:
    """A rule whose source is another group has a description as well; moto kept it and did not tell it.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
    """
    from moto.ec2.models.security_groups import SecurityGroupRule

    def description(self: Any) -> Any:  # moto's own attribute, text or nothing
        return self.ip_range.get("Description") or self.source_group.get("Description")

    SecurityGroupRule.description = property(description)  # type: ignore[assignment, method-assign]
