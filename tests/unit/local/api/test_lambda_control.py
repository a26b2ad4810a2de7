"""Lambda's control plane as SDKs see it: what is created is described as it was asked for, until it is deleted."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from terrarium.catalog.place import Place
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.api.lambda_ import Lambda
from terrarium.local.api.lambda_control.code import UNZIPPED_LIMIT, CodeStore
from terrarium.local.api.lambda_control.deployed import DeployedCode
from terrarium.local.api.lambda_control.numbers import VersionNumbers
from terrarium.local.api.lambda_control.service import LambdaControl
from terrarium.local.api.lambda_control.versions import Versions
from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions import Provisioned
from terrarium.local.kinds.arrivals import Arrivals
from terrarium.local.registry import Entry, Registry
from terrarium.model.bundles import zipped as packed
from terrarium.model.expressions import Bundle
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, ROLE, Refusing, Runner, Settings, client, serving

STREAM = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Things/stream/2026-01-01T00:00:00.000"
CODE = "def handler(event, context):\n    return event\n"


def zipped(**modules: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in modules.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.py"), text)  # without the time: the same code is the same zip
    return packed.getvalue()


class Created(Runner):
    """Runs whatever the registry says there is."""

    def __init__(self, registry: Registry) -> None:
        super().__init__({}, lambda event: event)
        self._registry = registry

    def get(self, name: str) -> Settings:
        function, _, version = name.removesuffix(":$LATEST").partition(":")
        wanted = {"version": version} if version else {}
        type = "aws_lambda_function_version" if version else "aws_lambda_function"
        for entry in self._registry.of(type, function_name=function, **wanted):
            return Settings(
                function,
                entry["filename"].folders[0][1],
                timeout=float(entry.get("timeout", 3)),
                version=version or "$LATEST",
                reserved_concurrency=entry.get("reserved_concurrent_executions"),
            )
        raise AwsError("ResourceNotFoundException", f"Function not found: {name}", 404)


# boto3 makes its clients' classes while it runs: there is no type to name.
@pytest.fixture
async def functions(tmp_path: Path) -> AsyncIterator[Any]:
    async with over(Registry(), tmp_path) as client:
        yield client


@asynccontextmanager
async def over(registry: Registry, tmp_path: Path) -> AsyncIterator[Any]:
    """A client of Lambda's API over what is recorded already."""
    clock = ManualClock()
    arrivals = Arrivals(registry, {}, tmp_path, Place("empty", "us-east-1", ACCOUNT))

    async def fetch(bucket: str, key: str, _: str | None) -> bytes:
        return zipped(**{key: f"# from {bucket}"})

    prefix = f"arn:aws:lambda:us-east-1:{ACCOUNT}:"
    code = CodeStore(tmp_path / "code")
    deployed = DeployedCode(tmp_path / "packed", lambda: "http://localhost/_terrarium/code", clock)
    versions = Versions(arrivals, code, VersionNumbers(tmp_path / "versions.json"))
    control = LambdaControl(
        arrivals, code, fetch, clock, prefix, versions, lambda _: Provisioned(2, 1, failed=False), deployed
    )
    service = Lambda(Created(registry), list, deployed, control)
    endpoint = AwsEndpoint({"lambda": service}, Refusing(), Credentials(ACCOUNT, clock), clock)
    async with serving(endpoint.handle) as url:
        yield client("lambda", url, config={"parameter_validation": False})  # what is wrong is for the service to say


async def made(functions: Any, **more: Any) -> Any:
    settings = {"Runtime": "python3.12", "Handler": "one.handler", "Role": ROLE, "Code": {"ZipFile": zipped(one=CODE)}}
    return await asyncio.to_thread(functions.create_function, FunctionName="one", **(settings | more))


async def refusal(operation: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        await asyncio.to_thread(operation, **arguments)
    return str(refused.value.response["Error"]["Code"])


async def test_a_function_is_described_as_it_was_created(functions: Any) -> None:
    asked = {
        "Description": "says it back",
        "Timeout": 10,
        "MemorySize": 256,
        "TracingConfig": {"Mode": "Active"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/own/group"},
        "DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"},
        "EphemeralStorage": {"Size": 1024},
    }
    await made(functions, **asked, Tags={"team": "one"})
    answer = await asyncio.to_thread(functions.get_function, FunctionName="one")
    assert {name: answer["Configuration"][name] for name in asked} == asked
    assert answer["Tags"] == {"team": "one"}


async def test_a_published_version_and_a_layer_have_links_of_their_own(functions: Any) -> None:
    await made(functions)
    await asyncio.to_thread(functions.publish_version, FunctionName="one")
    content = {"ZipFile": zipped(two=CODE)}
    layer = await asyncio.to_thread(functions.publish_layer_version, LayerName="two", Content=content)
    version = await asyncio.to_thread(functions.get_function, FunctionName="one", Qualifier="1")
    links = [version["Code"]["Location"], layer["Content"]["Location"]]
    assert [link.rpartition("/")[2] for link in links] == ["one.zip", "two-1.zip"]
    assert layer["Content"]["CodeSize"] == len(content["ZipFile"])


async def test_the_hash_of_code_is_that_of_its_zip_as_terraform_computes_it(functions: Any) -> None:
    code = zipped(one=CODE)
    created = await made(functions, Code={"ZipFile": code})
    assert created["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert created["CodeSize"] == len(code)


async def test_code_may_lie_in_a_bucket(functions: Any) -> None:
    created = await made(functions, Code={"S3Bucket": "artifacts", "S3Key": "one"})
    code = zipped(one="# from artifacts")
    assert created["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()


async def test_a_name_is_taken_once(functions: Any) -> None:
    await made(functions)
    with pytest.raises(functions.exceptions.ResourceConflictException):
        await made(functions)


async def test_what_is_no_zip_is_refused(functions: Any) -> None:
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="Could not unzip uploaded file"):
        await made(functions, Code={"ZipFile": b"no zip"})


async def test_what_would_be_ignored_is_refused(functions: Any) -> None:
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="VpcConfig"):
        await made(functions, VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]})


async def test_a_changed_configuration_keeps_what_was_not_given(functions: Any) -> None:
    await made(functions, Timeout=10, MemorySize=256)
    changed = await asyncio.to_thread(functions.update_function_configuration, FunctionName="one", Timeout=20)
    assert (changed["Timeout"], changed["MemorySize"]) == (20, 256)


async def test_a_deleted_function_is_gone_with_its_permissions(functions: Any) -> None:
    await made(functions)
    await asyncio.to_thread(functions.add_permission, FunctionName="one", **PERMISSION)
    await asyncio.to_thread(functions.delete_function, FunctionName="one")
    assert await refusal(functions.get_function, FunctionName="one") == "ResourceNotFoundException"
    await made(functions)
    assert await refusal(functions.get_policy, FunctionName="one") == "ResourceNotFoundException"


async def test_a_layer_is_used_by_the_version_that_was_published(functions: Any) -> None:
    content = {"ZipFile": zipped(shared="")}
    for expected in (1, 2):
        published = await asyncio.to_thread(functions.publish_layer_version, LayerName="shared", Content=content)
        assert published["Version"] == expected
    created = await made(functions, Layers=[published["LayerVersionArn"]])
    assert [layer["Arn"] for layer in created["Layers"]] == [published["LayerVersionArn"]]


async def test_a_layer_that_is_a_folder_is_as_large_as_its_zip(tmp_path: Path) -> None:
    folder = tmp_path / "shared" / "deep"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text("a" * 30)
    (folder.parent / "two.py").write_text("b" * 12)
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:shared"
    values = {"layer_name": "shared", "version": "1", "layer_arn": arn, "arn": f"{arn}:1"}
    code = Bundle((("python", folder.parent),), "shared")
    registry, kind = Registry(), "aws_lambda_layer_version"
    registry.put(Entry(f"{kind}.shared", kind, {**values, "filename": code}))
    async with over(registry, tmp_path) as functions:
        created = await made(functions, Layers=[f"{arn}:1"])
        layer = await asyncio.to_thread(functions.get_layer_version, LayerName="shared", VersionNumber=1)
    size = len(packed(code))
    assert created["Layers"] == [{"Arn": f"{arn}:1", "CodeSize": size}]
    assert layer["Content"]["CodeSize"] == size


async def test_a_function_has_the_tags_of_its_architecture_until_they_are_taken_away(tmp_path: Path) -> None:
    registry, kind = Registry(), "aws_lambda_function"
    async with over(registry, tmp_path) as functions:
        arn = (await made(functions, Tags={"Team": "core"}))["FunctionArn"]
        [entry] = registry.of(kind)
        registry.put(replace(entry, values={**entry.values, "tags_all": {"Team": "core", "Project": "shop"}}))
        told = await asyncio.to_thread(functions.get_function, FunctionName="one")
        await asyncio.to_thread(functions.untag_resource, Resource=arn, TagKeys=["Team"])
        left = await asyncio.to_thread(functions.list_tags, Resource=arn)
    assert (told["Tags"], left["Tags"]) == ({"Team": "core", "Project": "shop"}, {"Project": "shop"})


async def test_a_version_of_a_layer_never_comes_again(functions: Any) -> None:
    content = {"ZipFile": zipped(shared="")}
    await asyncio.to_thread(functions.publish_layer_version, LayerName="shared", Content=content)
    await asyncio.to_thread(functions.delete_layer_version, LayerName="shared", VersionNumber=1)
    published = await asyncio.to_thread(functions.publish_layer_version, LayerName="shared", Content=content)
    assert published["Version"] == 2


async def test_a_layer_that_is_not_there_is_refused(functions: Any) -> None:
    layer = f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:none:1"
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="does not exist"):
        await made(functions, Layers=[layer])


PERMISSION = {
    "StatementId": "gateway",
    "Action": "lambda:InvokeFunction",
    "Principal": "apigateway.amazonaws.com",
    "SourceArn": f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abc/*",
}


async def test_a_permission_is_a_statement_of_the_functions_policy_until_it_is_removed(functions: Any) -> None:
    arn = (await made(functions))["FunctionArn"]
    await asyncio.to_thread(functions.add_permission, FunctionName="one", **PERMISSION)
    policy = json.loads((await asyncio.to_thread(functions.get_policy, FunctionName="one"))["Policy"])
    assert policy["Statement"] == [
        {
            "Sid": "gateway",
            "Effect": "Allow",
            "Principal": {"Service": "apigateway.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": arn,
            "Condition": {"ArnLike": {"AWS:SourceArn": PERMISSION["SourceArn"]}},
        }
    ]
    await asyncio.to_thread(functions.remove_permission, FunctionName="one", StatementId="gateway")
    assert await refusal(functions.get_policy, FunctionName="one") == "ResourceNotFoundException"


async def test_a_mapping_is_there_until_it_is_deleted(functions: Any) -> None:
    arn = (await made(functions))["FunctionArn"]
    created = await asyncio.to_thread(
        functions.create_event_source_mapping, EventSourceArn=STREAM, FunctionName="one", StartingPosition="LATEST"
    )
    asked = {"UUID": created["UUID"]}
    assert (created["FunctionArn"], created["State"], created["BatchSize"]) == (arn, "Creating", 100)
    changed = await asyncio.to_thread(functions.update_event_source_mapping, **asked, Enabled=False, BatchSize=5)
    assert (changed["State"], changed["BatchSize"]) == ("Disabling", 5)
    assert (await asyncio.to_thread(functions.get_event_source_mapping, **asked))["State"] == "Disabled"
    await asyncio.to_thread(functions.delete_event_source_mapping, **asked)
    assert await refusal(functions.get_event_source_mapping, **asked) == "ResourceNotFoundException"


def filters(*patterns: object) -> dict[str, Any]:
    texts = [pattern if isinstance(pattern, str) else json.dumps(pattern) for pattern in patterns]
    return {"Filters": [{"Pattern": text} for text in texts]}


async def mapped(functions: Any, **more: Any) -> Any:
    await made(functions)
    asked = {"EventSourceArn": STREAM, "FunctionName": "one", "StartingPosition": "LATEST"} | more
    return await asyncio.to_thread(functions.create_event_source_mapping, **asked)


async def test_filters_of_a_mapping_are_described_changed_and_taken_away(functions: Any) -> None:
    asked = filters({"eventName": ["INSERT"]}, {"eventName": ["REMOVE"]})
    created = await mapped(functions, FilterCriteria=asked)
    assert created["FilterCriteria"] == asked
    update = functions.update_event_source_mapping
    kept = await asyncio.to_thread(update, UUID=created["UUID"], BatchSize=5)
    assert kept["FilterCriteria"] == asked
    changed = await asyncio.to_thread(update, UUID=created["UUID"], FilterCriteria=filters({"eventName": ["MODIFY"]}))
    assert changed["FilterCriteria"] == filters({"eventName": ["MODIFY"]})
    assert "FilterCriteria" not in await asyncio.to_thread(update, UUID=created["UUID"], FilterCriteria={})


@pytest.mark.parametrize("pattern", ["", "no json", {"eventName": "INSERT"}, {"eventName": [{"like": "I"}]}])
async def test_what_is_no_filter_pattern_is_refused_in_lambdas_words(functions: Any, pattern: object) -> None:
    refused = functions.exceptions.InvalidParameterValueException
    with pytest.raises(refused, match="Invalid filter pattern definition"):
        await mapped(functions, FilterCriteria=filters(pattern))


async def test_a_change_is_told_as_what_is_under_way(functions: Any) -> None:
    created = await mapped(functions, Enabled=False)
    update, asked = functions.update_event_source_mapping, {"UUID": created["UUID"]}
    answers = [await asyncio.to_thread(update, **asked, **change) for change in ({"Enabled": True}, {"BatchSize": 5})]
    assert [answer["State"] for answer in answers] == ["Enabling", "Updating"]
    assert (await asyncio.to_thread(functions.get_event_source_mapping, **asked))["State"] == "Enabled"


async def test_everything_that_is_said_of_a_mapping_is_described(functions: Any) -> None:
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:failures"
    asked = {
        "ParallelizationFactor": 10,
        "TumblingWindowInSeconds": 900,
        "MaximumBatchingWindowInSeconds": 300,
        "MaximumRecordAgeInSeconds": 60,
        "MaximumRetryAttempts": 0,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": {"OnFailure": {"Destination": queue}},
    }
    created = await mapped(functions, **asked)
    assert {name: created[name] for name in asked} == asked
    cleared: dict[str, Any] = {"OnFailure": {}}
    changed = await asyncio.to_thread(
        functions.update_event_source_mapping, UUID=created["UUID"], DestinationConfig=cleared
    )
    assert changed["DestinationConfig"] == cleared


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"ParallelizationFactor": 11}, "ValidationException"),
        ({"TumblingWindowInSeconds": 901}, "ValidationException"),
        ({"MaximumBatchingWindowInSeconds": 301}, "ValidationException"),
        ({"BatchSize": 10_001}, "ValidationException"),
        ({"MaximumRecordAgeInSeconds": 59}, "InvalidParameterValueException"),
        ({"StartingPosition": "AT_TIMESTAMP"}, "InvalidParameterValueException"),
    ],
)
async def test_settings_out_of_bounds_are_refused(functions: Any, settings: dict[str, Any], code: str) -> None:
    await made(functions)
    asked = {"EventSourceArn": STREAM, "FunctionName": "one", "StartingPosition": "LATEST"} | settings
    assert await refusal(functions.create_event_source_mapping, **asked) == code


async def test_a_stream_needs_a_starting_position(functions: Any) -> None:
    await made(functions)
    asked = {"EventSourceArn": STREAM, "FunctionName": "one"}
    assert await refusal(functions.create_event_source_mapping, **asked) == "InvalidParameterValueException"


async def test_a_mapping_has_five_filters_at_most(functions: Any) -> None:
    asked = [{"eventName": ["INSERT"]}] * 5
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="at most 5"):
        await mapped(functions, FilterCriteria=filters(*asked, {"eventName": ["REMOVE"]}))
    await asyncio.to_thread(functions.delete_function, FunctionName="one")
    assert await mapped(functions, FilterCriteria=filters(*asked))


async def test_reserved_concurrency_comes_and_goes(functions: Any) -> None:
    await made(functions)
    put, get = functions.put_function_concurrency, functions.get_function_concurrency
    await asyncio.to_thread(put, FunctionName="one", ReservedConcurrentExecutions=3)
    assert (await asyncio.to_thread(get, FunctionName="one"))["ReservedConcurrentExecutions"] == 3
    await asyncio.to_thread(functions.delete_function_concurrency, FunctionName="one")
    assert "ReservedConcurrentExecutions" not in await asyncio.to_thread(get, FunctionName="one")


async def test_tags_are_added_and_taken_away(functions: Any) -> None:
    arn = (await made(functions, Tags={"a": "1"}))["FunctionArn"]
    await asyncio.to_thread(functions.tag_resource, Resource=arn, Tags={"b": "2"})
    await asyncio.to_thread(functions.untag_resource, Resource=arn, TagKeys=["a"])
    assert (await asyncio.to_thread(functions.list_tags, Resource=arn))["Tags"] == {"b": "2"}


def test_the_same_code_lies_there_once(tmp_path: Path) -> None:
    store, code = CodeStore(tmp_path), zipped(one=CODE)
    assert store.unpack(code) == store.unpack(code)
    assert len([one for one in tmp_path.iterdir() if one.is_dir()]) == 1


def test_a_zip_never_writes_beside_its_folder(tmp_path: Path) -> None:
    unpacked = CodeStore(tmp_path / "code").unpack(zipped(**{"../../outside": ""}))
    assert [file.name for file in unpacked.folder.rglob("*.py")] == ["outside.py"]
    assert not list(tmp_path.glob("outside*"))


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(UNZIPPED_LIMIT))
    with pytest.raises(AwsError, match="Unzipped size"):
        CodeStore(tmp_path).unpack(packed.getvalue())
    assert list(tmp_path.iterdir()) == []


def test_code_that_nothing_uses_is_removed(tmp_path: Path) -> None:
    store = CodeStore(tmp_path)
    used, unused = store.unpack(zipped(one=CODE)), store.unpack(zipped(two=CODE))
    store.prune([used.folder])
    assert (used.folder.is_dir(), unused.folder.is_dir()) == (True, False)
