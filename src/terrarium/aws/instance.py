"""An EC2 instance that runs one program (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from terrarium.aws.access import Access
from terrarium.aws.bucket import Bucket
from terrarium.aws.role import Role
from terrarium.aws.user_data import user_data
from terrarium.model.expressions import Value, call
from terrarium.model.graph import Lifecycle, Module, Resource
from terrarium.model.program import Program

# https://docs.aws.amazon.com/linux/al2023/ug/ec2.html#launch-via-aws-cli
AMAZON_LINUX_2023 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


class Instance:
    """An instance whose user data fetches its program from a bucket and keeps it running behind Nginx.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        name: The name it is tagged with.
        program: What it runs.
        bucket: Where its code is fetched from.
        code: The object with the code.
        role: What it may do; the links add to it.
        profile: The label of its instance profile.
        subnet: The subnet's id.
        security_groups: Ids of the firewalls around it.
        size: The instance type.
        ami: The image; the latest Amazon Linux 2023 where it is null.
        key_name: A key pair for SSH, if any.
        links: What the program may use, by the name of the environment variable that tells where.
        packages: What is installed besides Nginx.
        after: What the instance needs when it starts, such as endpoints on its way to the bucket.
    """

    def __init__(
        self,
        scope: Module,
        label: str,
        *,
        name: Value,
        program: Program,
        bucket: Bucket,
        code: Resource,
        role: Role,
        profile: str,
        subnet: Value,
        security_groups: Sequence[Value],
        size: Value = "t3.micro",
        ami: Value = None,
        key_name: Value = None,
        links: Mapping[str, Access] | None = None,
        packages: Sequence[str] = (),
        after: Sequence[Resource] = (),
    ) -> None:
        self.label = label
        self.role = role
        links = links or {}
        environment = {variable: access.value for variable, access in links.items()}
        self.program = replace(program, environment={**environment, **program.environment})
        with scope.layer("instance"):
            for access in (bucket.access("read", objects=code["key"]), *links.values()):
                role.grant(access.statements)
            self.profile = scope.add("aws_iam_instance_profile", profile, name=name, role=role.resource["name"])
            self.resource = scope.add(
                "aws_instance",
                label,
                ami=_image(scope, ami),
                instance_type=size,
                subnet_id=subnet,
                vpc_security_group_ids=list(security_groups),
                iam_instance_profile=self.profile["name"],
                key_name=key_name,
                user_data=user_data(
                    self.program, bucket=bucket.name, key=code["key"], packages=packages, region=scope.region
                ),
                user_data_replace_on_change=True,
                metadata_options={
                    "http_endpoint": "enabled",
                    "http_tokens": "required",
                    "http_put_response_hop_limit": 1,
                },
                root_block_device={"encrypted": True},
                tags={"Name": name},
                # The latest image changes by itself; that alone is no reason to replace what runs.
                lifecycle=Lifecycle(ignore_changes=("ami",)),
                # User data fetches the code at once, so the permission must be there before the instance.
                depends_on=(*role.policies, *after),
            )
        self.resource.programs[program.name] = self.program


def _image(scope: Module, ami: Value) -> Value:
    """The image given, or the latest Amazon Linux 2023."""
    latest = scope.known("data.aws_ssm_parameter.amazon_linux_2023") or scope.data(
        "aws_ssm_parameter", "amazon_linux_2023", name=AMAZON_LINUX_2023
    )
    return call("coalesce", ami, latest["insecure_value"])
