"""CloudWatch Logs through real clients, the AWS command line among them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.api.json_service import JsonService
from terrarium.local.watch.logs import LogStore
from terrarium.local.watch.logs_api import LogsApi
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, Refusing, client, command_line, serving

GROUP = "/aws/lambda/joinQueue"
ARN = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}"


@dataclass
class Laptop:
    url: str
    store: LogStore
    now: int
    logs: Any

    async def call(self, operation: str, **params: Any) -> Any:
        return await asyncio.to_thread(getattr(self.logs, operation), **params)


@pytest.fixture
async def laptop(tmp_path: Path) -> AsyncIterator[Laptop]:
    clock = ManualClock()
    store = LogStore(tmp_path, clock)
    store.start()
    api = LogsApi(store, clock, account=ACCOUNT, region="us-east-1")
    endpoint = AwsEndpoint({"logs": JsonService(api)}, Refusing(), Credentials(ACCOUNT, clock), clock)
    async with serving(endpoint.handle) as url:
        yield Laptop(url, store, int(clock.now() * 1000), client("logs", url))
    store.stop()


async def refused(laptop: Laptop, code: str, operation: str, **params: Any) -> str:
    """The message with which an operation is refused."""
    with pytest.raises(ClientError) as caught:
        await laptop.call(operation, **params)
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


async def test_a_group_is_described_as_aws_does(laptop: Laptop) -> None:
    await laptop.call("create_log_group", logGroupName=GROUP)
    await laptop.call("put_retention_policy", logGroupName=GROUP, retentionInDays=14)
    laptop.store.write(GROUP, "s", "four")
    (group,) = (await laptop.call("describe_log_groups", logGroupNamePrefix="/aws/"))["logGroups"]
    assert group == {
        "logGroupName": GROUP,
        "creationTime": laptop.now,
        "retentionInDays": 14,
        "metricFilterCount": 0,
        "arn": f"{ARN}:*",
        "logGroupArn": ARN,
        "storedBytes": 30,
        "logGroupClass": "STANDARD",
    }
    await laptop.call("delete_retention_policy", logGroupName=GROUP)
    assert "retentionInDays" not in (await laptop.call("describe_log_groups"))["logGroups"][0]
    await laptop.call("delete_log_group", logGroupName=GROUP)
    assert (await laptop.call("describe_log_groups"))["logGroups"] == []


async def test_a_groups_tags_last(laptop: Laptop) -> None:
    await laptop.call("create_log_group", logGroupName=GROUP, tags={"System": "tictactoe", "Old": "x"})
    await laptop.call("tag_resource", resourceArn=ARN, tags={"Old": "y", "New": "z"})
    await laptop.call("untag_resource", resourceArn=f"{ARN}:*", tagKeys=["Old"])
    listed = await laptop.call("list_tags_for_resource", resourceArn=ARN)
    assert listed["tags"] == {"System": "tictactoe", "New": "z"}
    await refused(laptop, "ResourceNotFoundException", "list_tags_for_resource", resourceArn=f"{ARN}-not-there")


async def test_listings_come_in_pages(laptop: Laptop) -> None:
    for number in range(5):
        laptop.store.write(f"g{number}", f"s{number}", "x", 100 - number)
        laptop.store.write("g0", f"s{number}", "x", 100 - number)
    pages = laptop.logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 2})
    names = await asyncio.to_thread(lambda: [it["logGroupName"] for page in pages for it in page["logGroups"]])
    assert names == ["g0", "g1", "g2", "g3", "g4"]
    newest = await laptop.call("describe_log_streams", logGroupName="g0", orderBy="LastEventTime", descending=True)
    assert [it["logStreamName"] for it in newest["logStreams"]] == ["s0", "s1", "s2", "s3", "s4"]
    assert newest["logStreams"][0]["lastEventTimestamp"] == 100


async def test_events_that_are_put_are_got_in_both_directions(laptop: Laptop) -> None:
    await laptop.call("create_log_group", logGroupName=GROUP)
    await laptop.call("create_log_stream", logGroupName=GROUP, logStreamName="s")
    events = [{"timestamp": laptop.now + number, "message": str(number)} for number in range(10)]
    answer = await laptop.call("put_log_events", logGroupName=GROUP, logStreamName="s", logEvents=events)
    assert "rejectedLogEventsInfo" not in answer
    stream = {"logGroupIdentifier": ARN, "logStreamName": "s", "limit": 4}
    pages = [await laptop.call("get_log_events", startFromHead=True, **stream)]
    for _ in range(3):
        pages.append(await laptop.call("get_log_events", nextToken=pages[-1]["nextForwardToken"], **stream))
    assert [[it["message"] for it in page["events"]] for page in pages] == [list("0123"), list("4567"), list("89"), []]
    assert pages[3]["nextForwardToken"] == pages[2]["nextForwardToken"]
    last = await laptop.call("get_log_events", **stream)
    before = await laptop.call("get_log_events", nextToken=last["nextBackwardToken"], **stream)
    assert [it["message"] for it in before["events"] + last["events"]] == list("23456789")


async def test_times_bound_what_is_got(laptop: Laptop) -> None:
    for time in (10, 20, 30):
        laptop.store.write(GROUP, "s", str(time), time)
    window = {"logGroupName": GROUP, "startTime": 20, "endTime": 30}
    got = await laptop.call("get_log_events", logStreamName="s", **window)
    assert [it["message"] for it in got["events"]] == ["20"]
    found = await laptop.call("filter_log_events", **window)
    assert [it["message"] for it in found["events"]] == ["20", "30"]


async def test_a_filter_finds_events_of_every_stream_once(laptop: Laptop) -> None:
    for number in range(25):
        laptop.store.write(GROUP, f"s{number % 2}", f"{'ERROR' if number % 5 == 0 else 'fine'} {number}", number)
    pages = laptop.logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, filterPattern="ERROR", PaginationConfig={"PageSize": 2}
    )
    found = await asyncio.to_thread(lambda: [it for page in pages for it in page["events"]])
    assert [(it["logStreamName"], it["message"]) for it in found] == [
        ("s0", "ERROR 0"),
        ("s1", "ERROR 5"),
        ("s0", "ERROR 10"),
        ("s1", "ERROR 15"),
        ("s0", "ERROR 20"),
    ]
    assert len({it["eventId"] for it in found}) == 5


async def test_what_is_not_there_is_not_found(laptop: Laptop) -> None:
    there = {"logGroupName": GROUP, "logStreamName": "s"}
    event = [{"timestamp": laptop.now, "message": "x"}]
    message = await refused(laptop, "ResourceNotFoundException", "get_log_events", **there)
    assert message == "The specified log group does not exist."
    await laptop.call("create_log_group", logGroupName=GROUP)
    message = await refused(laptop, "ResourceNotFoundException", "put_log_events", logEvents=event, **there)
    assert message == "The specified log stream does not exist."
    await refused(laptop, "ResourceAlreadyExistsException", "create_log_group", logGroupName=GROUP)


async def test_a_batch_keeps_the_documented_rules(laptop: Laptop) -> None:
    await laptop.call("create_log_group", logGroupName=GROUP)
    await laptop.call("create_log_stream", logGroupName=GROUP, logStreamName="s")

    async def wrong(*events: tuple[int, str]) -> str:
        batch = [{"timestamp": laptop.now + time, "message": message} for time, message in events]
        there = {"logGroupName": GROUP, "logStreamName": "s"}
        return await refused(laptop, "InvalidParameterException", "put_log_events", logEvents=batch, **there)

    assert "chronological order" in await wrong((1, "b"), (0, "a"))
    assert "Upload too large: 1100052 bytes exceeds limit of 1048576" in await wrong((0, "x" * 10**6), (1, "x" * 10**5))


async def test_events_too_old_or_too_new_are_left_out(laptop: Laptop) -> None:
    await laptop.call("create_log_group", logGroupName=GROUP)
    await laptop.call("create_log_stream", logGroupName=GROUP, logStreamName="s")
    day = 86_400_000
    events = [{"timestamp": laptop.now + offset, "message": str(offset)} for offset in (-15 * day, -day, 0, day)]
    there = {"logGroupName": GROUP, "logStreamName": "s"}
    answer = await laptop.call("put_log_events", logEvents=events, **there)
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 3}
    got = await laptop.call("get_log_events", **there)
    assert [it["message"] for it in got["events"]] == [str(-day), "0"]


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("create_log_group", {"logGroupName": "no spaces"}),
        ("create_log_stream", {"logGroupName": GROUP, "logStreamName": "a:b"}),
        ("put_retention_policy", {"logGroupName": GROUP, "retentionInDays": 2}),
        ("get_log_events", {"logGroupName": GROUP, "logStreamName": "s", "nextToken": "x"}),
        ("filter_log_events", {"logGroupName": GROUP, "filterPattern": "{ $.a"}),
        ("describe_log_streams", {"logGroupName": GROUP, "orderBy": "LastEventTime", "logStreamNamePrefix": "s"}),
    ],
)
async def test_wrong_parameters_are_refused(laptop: Laptop, operation: str, params: dict[str, Any]) -> None:
    await laptop.call("create_log_group", logGroupName=GROUP)
    await refused(laptop, "InvalidParameterException", operation, **params)


async def test_an_operation_that_is_not_ours_says_so(laptop: Laptop) -> None:
    message = await refused(laptop, "UnknownOperationException", "describe_destinations")
    assert message == "Terrarium does not support logs:DescribeDestinations yet"


async def test_the_command_line_searches_a_group(laptop: Laptop) -> None:
    laptop.store.write(GROUP, "2025/01/01/[$LATEST]abc", "START RequestId: 1")
    laptop.store.write(GROUP, "2025/01/01/[$LATEST]abc", "[ERROR] lost")
    search = ("logs", "filter-log-events", "--log-group-name", GROUP, "--filter-pattern", "ERROR")
    output = await command_line(laptop.url, *search, "--query", "events[].message", "--output", "text")
    assert output == "[ERROR] lost\n"
