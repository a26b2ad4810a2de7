"""What is said of functions and changes nothing here: given back as it was said, until it is taken back."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.unit.local.api.test_lambda_control import functions, made, refusal

__all__ = ["functions"]  # the fixture

PUBLISHERS = {"SigningProfileVersionArns": ["arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/abc"]}


async def signing(functions: Any, policy: str = "Warn") -> str:
    """A code signing configuration's ARN."""
    create = functions.create_code_signing_config
    policies = {"UntrustedArtifactOnDeployment": policy}
    created = await asyncio.to_thread(create, AllowedPublishers=PUBLISHERS, CodeSigningPolicies=policies)
    return str(created["CodeSigningConfig"]["CodeSigningConfigArn"])


async def test_loops_are_terminated_unless_they_are_allowed(functions: Any) -> None:
    await made(functions)
    get, put = functions.get_function_recursion_config, functions.put_function_recursion_config
    for loop in ("Allow", "Terminate"):
        await asyncio.to_thread(put, FunctionName="one", RecursiveLoop=loop)
        assert (await asyncio.to_thread(get, FunctionName="one"))["RecursiveLoop"] == loop
    assert await refusal(put, FunctionName="one", RecursiveLoop="Perhaps") == "ValidationException"


async def test_runtimes_are_updated_as_each_version_says(functions: Any) -> None:
    await made(functions, Publish=True)
    get, put = functions.get_runtime_management_config, functions.put_runtime_management_config
    await asyncio.to_thread(put, FunctionName="one", Qualifier="1", UpdateRuntimeOn="FunctionUpdate")
    assert (await asyncio.to_thread(get, FunctionName="one:1"))["UpdateRuntimeOn"] == "FunctionUpdate"
    assert (await asyncio.to_thread(get, FunctionName="one"))["UpdateRuntimeOn"] == "Auto"
    refused = await refusal(put, FunctionName="one", UpdateRuntimeOn="Manual")
    assert refused == "InvalidParameterValueException"


async def test_a_code_signing_configuration_that_warns_is_used_until_nobody_uses_it(functions: Any) -> None:
    arn = await signing(functions)
    await made(functions, CodeSigningConfigArn=arn)
    get, delete = functions.get_function_code_signing_config, functions.delete_code_signing_config
    assert (await asyncio.to_thread(get, FunctionName="one"))["CodeSigningConfigArn"] == arn
    assert await refusal(delete, CodeSigningConfigArn=arn) == "ResourceConflictException"
    await asyncio.to_thread(functions.delete_function_code_signing_config, FunctionName="one")
    assert "CodeSigningConfigArn" not in await asyncio.to_thread(get, FunctionName="one")
    await asyncio.to_thread(delete, CodeSigningConfigArn=arn)
    gone = await refusal(functions.get_code_signing_config, CodeSigningConfigArn=arn)
    assert gone == "ResourceNotFoundException"


async def test_where_signatures_are_enforced_no_code_is_taken(functions: Any) -> None:
    arn = await signing(functions, "Enforce")
    code = {"Runtime": "python3.12", "Handler": "one.handler", "Role": "r", "Code": {"ZipFile": b""}}
    refused = await refusal(functions.create_function, FunctionName="one", **code, CodeSigningConfigArn=arn)
    assert refused == "CodeVerificationFailedException"


async def test_a_code_signing_configuration_is_described_and_changed(functions: Any) -> None:
    arn = await signing(functions)
    update, get = functions.update_code_signing_config, functions.get_code_signing_config
    await asyncio.to_thread(update, CodeSigningConfigArn=arn, Description="ours")
    found = (await asyncio.to_thread(get, CodeSigningConfigArn=arn))["CodeSigningConfig"]
    assert (found["Description"], found["AllowedPublishers"]) == ("ours", PUBLISHERS)
    listed = await asyncio.to_thread(functions.list_code_signing_configs)
    assert [one["CodeSigningConfigArn"] for one in listed["CodeSigningConfigs"]] == [arn]
