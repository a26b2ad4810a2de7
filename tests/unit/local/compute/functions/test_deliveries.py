"""Who is told what became of an event, and what happens where nobody can be told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions.deliveries import Deliveries
from terrarium.local.compute.functions.event_attempts import EventSettings
from terrarium.local.compute.functions.event_queue import Conclusion
from terrarium.local.compute.functions.settings import FunctionSettings
from terrarium.local.compute.functions.targets import Request
from terrarium.testing.clock import ManualClock

QUEUE = "arn:aws:sqs:us-east-1:000000000000:outcomes"
DEAD = "arn:aws:sqs:us-east-1:000000000000:dead"
BUCKET = "arn:aws:s3:::fails"
HELLO = FunctionSettings(
    "hello", "arn:hello", "app.handler", "python3.12", Path(), (), {}, 3, 128, "us-east-1", "/aws/lambda/hello", "role"
)
FINE: tuple[int, Mapping[str, str], bytes] = (200, {}, b"{}")


def conclusion(condition: str = "RetriesExhausted", **more: Any) -> Conclusion:
    context = {"requestId": "id-1", "functionArn": "arn:hello:$LATEST", "condition": condition}
    record = {"version": "1.0", "requestContext": context, "responsePayload": {"errorMessage": "no luck"}}
    settings = EventSettings(on_success=f"{QUEUE}-fine", on_failure=QUEUE)
    return replace(Conclusion(HELLO, settings, b'{"n": 1}', record), **more)


class World:
    def __init__(self, *answers: tuple[int, Mapping[str, str], bytes] | AwsError) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[Request, str, str]] = []
        self.counted: list[tuple[str, str]] = []
        self.reported: list[str] = []
        self.deliveries = Deliveries(
            clock=ManualClock(1_700_000_000),
            send=self.send,
            count=lambda metric, function: self.counted.append((metric, function)),
            report=self.reported.append,
            new_id=lambda: "an-id",
        )

    async def send(self, request: Request, role: str, session: str) -> tuple[int, Mapping[str, str], bytes]:
        self.sent.append((request, role, session))
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if self.answers else FINE
        if isinstance(answer, AwsError):
            raise answer
        return answer

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request, _, _ in self.sent]


async def concluded(world: World, *conclusions: Conclusion) -> None:
    for one in conclusions:
        world.deliveries.concluded(one)
    await world.deliveries.stop()


async def test_success_and_failure_have_destinations_of_their_own() -> None:
    world = World()
    await concluded(world, conclusion("Success"), conclusion())
    fine, bad = world.messages
    assert (fine["QueueUrl"].rpartition("/")[2], bad["QueueUrl"].rpartition("/")[2]) == ("outcomes-fine", "outcomes")
    assert json.loads(bad["MessageBody"]) == conclusion().record


async def test_whoever_is_asked_is_asked_in_the_name_of_the_functions_role() -> None:
    world = World()
    await concluded(world, conclusion())
    assert world.sent[0][1:] == ("role", "hello")


async def test_a_dead_letter_is_the_event_with_what_went_wrong_as_attributes() -> None:
    world = World()
    await concluded(world, conclusion(function=replace(HELLO, dead_letter=DEAD), settings=EventSettings()))
    [message] = world.messages
    assert message["MessageBody"] == '{"n": 1}'
    assert message["MessageAttributes"] == {
        "RequestID": {"DataType": "String", "StringValue": "id-1"},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "no luck"},
    }


async def test_an_event_that_the_platform_refused_says_so() -> None:
    world = World()
    refusal = AwsError("TooManyRequestsException", "Rate Exceeded.", 429)
    function = replace(HELLO, dead_letter=DEAD)
    await concluded(world, conclusion("EventAgeExceeded", function=function, settings=EventSettings(), refusal=refusal))
    attributes = world.messages[0]["MessageAttributes"]
    assert attributes["ErrorCode"]["StringValue"] == "429"
    assert attributes["ErrorMessage"]["StringValue"] == "Rate Exceeded."


async def test_an_attribute_has_a_kilobyte_of_the_message_at_most() -> None:
    world = World()
    record = {**conclusion().record, "responsePayload": {"errorMessage": "ü" * 1000}}
    await concluded(
        world, conclusion(function=replace(HELLO, dead_letter=DEAD), settings=EventSettings(), record=record)
    )
    assert world.messages[0]["MessageAttributes"]["ErrorMessage"]["StringValue"] == "ü" * 512


async def test_there_may_be_both_and_success_is_no_dead_letter() -> None:
    world = World()
    function = replace(HELLO, dead_letter=DEAD)
    await concluded(world, conclusion(function=function), conclusion("Success", function=function))
    assert sorted(message["QueueUrl"].rpartition("/")[2] for message in world.messages) == [
        "dead",
        "outcomes",
        "outcomes-fine",
    ]


async def test_what_does_not_arrive_is_counted_and_said() -> None:
    refusal: tuple[int, Mapping[str, str], bytes] = (400, {}, b'{"__type": "QueueDoesNotExist", "message": "no queue"}')
    world = World(refusal, AwsError("ServiceUnavailable", "nobody", 503))
    await concluded(world, conclusion(function=replace(HELLO, dead_letter=DEAD)))
    assert sorted(world.counted) == [("DeadLetterErrors", "hello"), ("DestinationDeliveryFailures", "hello")]
    assert world.reported[0] == (f"a dead letter of function hello did not reach {DEAD}: QueueDoesNotExist: no queue")
    assert "nobody" in world.reported[1]


async def test_a_target_of_no_known_kind_is_counted_and_said() -> None:
    world = World()
    await concluded(world, conclusion(settings=EventSettings(on_failure="arn:aws:kinesis:us-east-1:0:stream/s")))
    assert world.counted == [("DestinationDeliveryFailures", "hello")]
    assert not world.sent


async def test_a_bucket_gets_an_object_named_for_function_and_time() -> None:
    world = World()
    await concluded(world, conclusion(settings=EventSettings(on_failure=BUCKET)))
    assert world.sent[0][0].path == "/fails/aws/lambda/async/hello/2023/11/14/2023-11-14T22.13.20-an-id"


async def test_a_batch_that_is_given_up_is_told_before_its_shard_goes_on() -> None:
    world = World()
    await world.deliveries.discarded(HELLO, QUEUE, {"version": "1.0"}, b'{"Records": []}', "uuid/shard")
    assert [json.loads(message["MessageBody"]) for message in world.messages] == [{"version": "1.0"}]


async def test_only_a_bucket_gets_the_batch_itself() -> None:
    world = World()
    await world.deliveries.discarded(HELLO, BUCKET, {"version": "1.0"}, b'{"Records": []}', "uuid/shard")
    request = world.sent[0][0]
    assert request.path == "/fails/aws/lambda/uuid/shard/2023/11/14/2023-11-14T22.13.20-an-id"
    assert json.loads(request.body) == {"version": "1.0", "payload": '{"Records": []}'}


async def test_without_a_destination_nobody_is_told() -> None:
    world = World()
    await world.deliveries.discarded(HELLO, "", {"version": "1.0"}, b"", "uuid/shard")
    await concluded(world, conclusion(settings=EventSettings()))
    assert not world.sent
