"""Versions by the API: published from what the function is, and unchanged from then on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from terrarium.local.api.lambda_control.numbers import VersionNumbers
from tests.unit.local.api.test_lambda_control import CODE, functions, made, refusal, zipped

__all__ = ["functions"]  # the fixture

OTHER = CODE.replace("event\n", "[event]\n")


async def published(functions: Any, **more: Any) -> Any:
    return await asyncio.to_thread(functions.publish_version, FunctionName="one", **more)


async def changed(functions: Any, **settings: Any) -> Any:
    return await asyncio.to_thread(functions.update_function_configuration, FunctionName="one", **settings)


async def test_a_version_is_described_under_its_own_arn(functions: Any) -> None:
    created = await made(functions, Description="first")
    version = await published(functions)
    assert (version["Version"], version["FunctionArn"]) == ("1", f"{created['FunctionArn']}:1")
    assert (version["CodeSha256"], version["Description"]) == (created["CodeSha256"], "first")
    found = await asyncio.to_thread(functions.get_function_configuration, FunctionName="one", Qualifier="1")
    assert found["FunctionArn"] == version["FunctionArn"]


async def test_a_version_may_have_a_description_of_its_own(functions: Any) -> None:
    await made(functions, Description="first")
    assert (await published(functions, Description="for friends"))["Description"] == "for friends"
    latest = await asyncio.to_thread(functions.get_function_configuration, FunctionName="one")
    assert latest["Description"] == "first"


async def test_a_version_stays_as_it_was(functions: Any) -> None:
    created = await made(functions, Timeout=10, Environment={"Variables": {"A": "1"}})
    await published(functions)
    await changed(functions, Timeout=20, Environment={"Variables": {"A": "2"}})
    await asyncio.to_thread(functions.update_function_code, FunctionName="one", ZipFile=zipped(one=OTHER))
    version = await asyncio.to_thread(functions.get_function_configuration, FunctionName="one:1")
    assert (version["Timeout"], version["CodeSha256"]) == (10, created["CodeSha256"])


async def test_publishing_what_has_not_changed_gives_the_last_version_again(functions: Any) -> None:
    await made(functions)
    assert [(await published(functions))["Version"] for _ in range(2)] == ["1", "1"]
    await changed(functions, Timeout=20)
    assert (await published(functions))["Version"] == "2"


async def test_an_upload_may_publish(functions: Any) -> None:
    assert (await made(functions, Publish=True))["Version"] == "1"
    update = functions.update_function_code
    code = {"ZipFile": zipped(one=OTHER)}
    assert (await asyncio.to_thread(update, FunctionName="one", **code, Publish=True))["Version"] == "2"
    assert (await asyncio.to_thread(update, FunctionName="one", **code))["Version"] == "$LATEST"


async def test_a_version_is_published_of_the_code_that_its_caller_means(functions: Any) -> None:
    created = await made(functions)
    refused = await refusal(functions.publish_version, FunctionName="one", CodeSha256="other")
    assert refused == "InvalidParameterValueException"
    assert (await published(functions, CodeSha256=created["CodeSha256"]))["Version"] == "1"


async def test_a_change_of_what_has_changed_meanwhile_is_refused(functions: Any) -> None:
    seen = (await made(functions))["RevisionId"]
    await changed(functions, Timeout=20, RevisionId=seen)
    calls: list[tuple[Any, dict[str, Any]]] = [
        (functions.publish_version, {}),
        (functions.update_function_configuration, {"Timeout": 5}),
        (functions.update_function_code, {"ZipFile": zipped(one=OTHER)}),
    ]
    for call, arguments in calls:
        assert await refusal(call, FunctionName="one", RevisionId=seen, **arguments) == "PreconditionFailedException"


async def test_versions_are_listed_after_the_function_itself_page_by_page(functions: Any) -> None:
    await made(functions)
    for timeout in (10, 20, 30):
        await changed(functions, Timeout=timeout)
        await published(functions)
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName="one", MaxItems=2)
    listed = await asyncio.to_thread(lambda: [one["Version"] for page in pages for one in page["Versions"]])
    assert listed == ["$LATEST", "1", "2", "3"]


async def test_a_version_is_deleted_alone_and_its_number_never_comes_again(functions: Any) -> None:
    await made(functions)
    await published(functions)
    await asyncio.to_thread(functions.delete_function, FunctionName="one", Qualifier="1")
    gone = await refusal(functions.get_function, FunctionName="one", Qualifier="1")
    assert gone == "ResourceNotFoundException"
    assert (await published(functions))["Version"] == "2"


async def test_the_unpublished_version_goes_only_with_its_function(functions: Any) -> None:
    await made(functions)
    assert await refusal(functions.delete_function, FunctionName="one:$LATEST") == "InvalidParameterValueException"


async def test_a_deleted_function_takes_its_versions_along(functions: Any) -> None:
    await made(functions, Publish=True)
    await asyncio.to_thread(functions.delete_function, FunctionName="one")
    assert await refusal(functions.get_function, FunctionName="one:1") == "ResourceNotFoundException"


async def test_a_new_function_of_an_old_name_goes_on_counting(functions: Any) -> None:
    await made(functions, Publish=True)
    await asyncio.to_thread(functions.delete_function, FunctionName="one")
    assert (await made(functions, Publish=True))["Version"] == "2"


async def test_a_published_version_cannot_be_changed(functions: Any) -> None:
    await made(functions, Publish=True)
    refused = await refusal(functions.update_function_configuration, FunctionName="one:1", Timeout=5)
    assert refused == "InvalidParameterValueException"


async def test_two_qualifiers_must_agree(functions: Any) -> None:
    await made(functions, Publish=True)
    refused = await refusal(functions.get_function, FunctionName="one:1", Qualifier="2")
    assert refused == "InvalidParameterValueException"


async def test_tags_and_concurrency_are_the_functions_and_not_a_versions(functions: Any) -> None:
    await made(functions, Publish=True, Tags={"team": "one"})
    reserve = functions.put_function_concurrency
    await asyncio.to_thread(reserve, FunctionName="one", ReservedConcurrentExecutions=3)
    version = await asyncio.to_thread(functions.get_function, FunctionName="one", Qualifier="1")
    assert not {"Tags", "Concurrency"} & version.keys()
    assert {"Tags", "Concurrency"} <= (await asyncio.to_thread(functions.get_function, FunctionName="one")).keys()


def test_numbers_outlive_the_process(tmp_path: Path) -> None:
    file = tmp_path / "state" / "versions.json"
    assert [VersionNumbers(file).next("one") for _ in range(2)] == [1, 2]
    assert VersionNumbers(file).next("two") == 1
