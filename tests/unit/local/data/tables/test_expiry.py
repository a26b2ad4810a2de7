"""Time to live: items go when their time has come, and the stream says that DynamoDB did it."""

from __future__ import annotations

from typing import Any

from tests.unit.local.data.tables.desk import Desk, turns, wire

YEAR = 365 * 24 * 3600


async def expiring(desk: Desk) -> str:
    arn: str = (await desk.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"}))[
        "LatestStreamArn"
    ]
    await switch(desk, on=True)
    return arn


async def switch(desk: Desk, *, on: bool) -> dict[str, Any]:
    wanted = {"Enabled": on, "AttributeName": "until"}
    return await desk.call("UpdateTimeToLive", TableName="Games", TimeToLiveSpecification=wanted)


async def test_an_expired_item_is_deleted_and_a_later_one_stays(desk: Desk) -> None:
    await expiring(desk)
    now = int(desk.clock.now())
    await desk.put(id="soon", until=now + 5)
    await desk.put(id="later", until=now + 500)
    await desk.clock.advance(10)
    assert await desk.get(id="soon") is None
    assert await desk.get(id="later") is not None


async def test_the_stream_names_dynamodb_as_who_deleted_it(desk: Desk) -> None:
    arn = await expiring(desk)
    await desk.put(id="a", until=int(desk.clock.now()) + 5)
    await desk.clock.advance(10)
    await turns()
    _, removal = await desk.records(arn)
    assert removal["eventName"] == "REMOVE"
    assert removal["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    assert removal["dynamodb"]["OldImage"]["id"] == {"S": "a"}


async def test_only_numbers_within_the_last_five_years_expire(desk: Desk) -> None:
    await expiring(desk)
    now = int(desk.clock.now())
    await desk.put(id="text", until=str(now - 5))
    await desk.put(id="ancient", until=now - 5 * YEAR - 100)
    await desk.put(id="recent", until=now - 4 * YEAR)
    await desk.clock.advance(10)
    assert await desk.get(id="text") is not None
    assert await desk.get(id="ancient") is not None
    assert await desk.get(id="recent") is None


async def test_items_from_before_it_was_switched_on_expire_too(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", until=int(desk.clock.now()) + 5)
    await desk.clock.advance(10)
    assert await desk.get(id="a") is not None
    await switch(desk, on=True)
    await desk.clock.advance(10)
    assert await desk.get(id="a") is None


async def test_an_update_moves_the_moment(desk: Desk) -> None:
    await expiring(desk)
    now = int(desk.clock.now())
    await desk.put(id="a", until=now + 5)
    await desk.call(
        "UpdateItem", TableName="Games", Key=wire(id="a"), UpdateExpression="SET #until = :t",
        ExpressionAttributeNames={"#until": "until"}, ExpressionAttributeValues={":t": {"N": str(now + 50)}},
    )  # fmt: skip
    await desk.clock.advance(10)
    assert await desk.get(id="a") is not None
    await desk.clock.advance(50)
    assert await desk.get(id="a") is None


async def test_nothing_expires_once_it_is_switched_off(desk: Desk) -> None:
    await expiring(desk)
    await desk.put(id="a", until=int(desk.clock.now()) + 5)
    await switch(desk, on=False)
    await desk.clock.advance(10)
    assert await desk.get(id="a") is not None
    described = await desk.call("DescribeTimeToLive", TableName="Games")
    assert described == {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}


async def test_switching_to_what_it_is_is_refused(desk: Desk) -> None:
    await expiring(desk)
    wanted = {"Enabled": True, "AttributeName": "until"}
    error = await desk.refused("UpdateTimeToLive", TableName="Games", TimeToLiveSpecification=wanted)
    assert error.message == "TimeToLive is already enabled"
