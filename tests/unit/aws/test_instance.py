"""Instances beside each other."""

from __future__ import annotations

from pathlib import Path

from terrarium import Architecture, aws, bundle
from terrarium.model.order import resources


def test_two_instances_share_the_lookup_of_their_image(tmp_path: Path) -> None:
    app = Architecture("demo")
    bucket = aws.Bucket(app, "code", name="code")
    code = bucket.put("server", bundle("server", code=tmp_path))
    program = aws.Program("server", tmp_path, ("python3",), binds=8080, serves=80)
    for name in ("one", "two"):
        role = aws.Role(app, name, name=name, service="ec2")
        aws.Instance(
            app, name, name=name, program=program, bucket=bucket, code=code, role=role, profile=name,
            subnet="subnet-1", security_groups=["sg-1"],
        )  # fmt: skip
    found = [one.type for one in resources(app)]
    assert found.count("aws_instance") == 2
    assert found.count("aws_ssm_parameter") == 1
