"""Lambda's resources with the real provider: applied, planned again without a change, invoked, destroyed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.system.conftest import Up, terrarium
from tests.unit.terraform.commands import initialised, terraform

ARCHITECTURE = """
from terrarium import Architecture, aws

app = Architecture("control")
hello = aws.Function(app, "hello", code="code", concurrency=20)
live = hello.alias("live", description="what people use")
aws.Function(app, "open", code="code", handler="hello.handler").url(public=True)
url = live.url(cors={"allow_origins": ["https://page.example"], "max_age": 60})
named = {"function_name": hello.name, "qualifier": live.qualifier}
app.add("aws_lambda_function_event_invoke_config", "live", maximum_retry_attempts=0,
        maximum_event_age_in_seconds=120, **named)
app.add("aws_lambda_function_event_invoke_config", "latest", function_name=hello.name, maximum_retry_attempts=1)
app.add("aws_lambda_provisioned_concurrency_config", "live", provisioned_concurrent_executions=2, **named)
app.add("aws_lambda_function_recursion_config", "hello", function_name=hello.name, recursive_loop="Allow")
app.add("aws_lambda_runtime_management_config", "hello", function_name=hello.name, update_runtime_on="FunctionUpdate")
publishers = {"signing_profile_version_arns": [
    "arn:aws:signer:us-east-1:000000000000:/signing-profiles/ours/abcdefghij"]}
signing = app.add("aws_lambda_code_signing_config", "ours", allowed_publishers=publishers,
                  policies={"untrusted_artifact_on_deployment": "Warn"})
hello.resource.set(code_signing_config_arn=signing["arn"])
app.output("alias", live.arn, "What is invoked")
"""
CODE = """
import os
def handler(event, context):
    return [context.function_version, os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
"""


# boto3 makes its clients' classes while it runs: there is no type to name.
def _lambda(port: int) -> Any:
    make: Any = boto3.client
    keys = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"}
    return make("lambda", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **keys)


def _run(folder: Path, command: str, *options: str) -> str:
    done = terraform(folder, command, *options, "-input=false", "-no-color", "-parallelism=30")
    assert done.returncode == 0, done.stderr + done.stdout[-4000:]
    return done.stdout


def _built(folder: Path) -> Path:
    built = terrarium(folder, "build", "architecture.py", "--out", "out", "--no-packages")
    assert built.returncode == 0, built.stderr
    return folder / "out"


@pytest.mark.terraform
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_versions_aliases_urls_and_concurrency_are_applied_without_drift_and_destroyed(
    up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = up("empty")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{empty.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anyone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "hello.py").write_text(CODE)
    (tmp_path / "architecture.py").write_text(ARCHITECTURE)
    out = initialised(_built(tmp_path))
    functions = _lambda(empty.port)

    def invoked(name: str) -> Any:
        return json.loads(functions.invoke(FunctionName=name)["Payload"].read())

    _run(out, "apply", "-auto-approve")
    alias = json.loads(terraform(out, "output", "-json").stdout)["alias"]["value"]
    assert invoked(alias) == ["1", "provisioned-concurrency"]
    assert "No changes." in _run(out, "plan", "-detailed-exitcode")

    (tmp_path / "code" / "hello.py").write_text(CODE + "\n# changed\n")
    _built(tmp_path)
    _run(out, "apply", "-auto-approve")
    assert invoked(alias)[0] == "2"
    assert invoked("control-hello:1")[0] == "1"
    assert "No changes." in _run(out, "plan", "-detailed-exitcode")

    _run(out, "destroy", "-auto-approve", "-refresh=false")  # the plan has just looked at everything
    assert terraform(out, "state", "list").stdout == ""
    assert json.loads(empty.terrarium("status", "--json").stdout)["resources"] == []
