"""Functions that a table's stream invokes, and what becomes of their events."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.fidelity.statement import source
from tests.fidelity.statements.test_streams import Streamed, streamed
from tests.fidelity.statements.websocket import noted
from tests.fidelity.targets.target import Target

FILTERS = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html"
OF_TABLES = "https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html"

DEAD_LETTERS = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq"
DISCARDED = "https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html"
PARAMETERS = "https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html"
WINDOWS = "https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html"
MAPPINGS = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"
METRICS = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"
RECORDS = (
    "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations"
)
Item = dict[str, Any]  # attributes as DynamoDB writes them


def mapped(target: Target, table: Streamed, **settings: Any) -> Any:
    """A mapping from a table's stream, from its beginning, to a function that notes what it receives."""
    functions = target.client("lambda")
    asked = {"EventSourceArn": table.arn, "FunctionName": target.function("receives")}
    made = functions.create_event_source_mapping(**asked, **{"StartingPosition": "TRIM_HORIZON"} | settings)
    target.defer(lambda: functions.delete_event_source_mapping(UUID=made["UUID"]))
    return made


def filtered(*patterns: object) -> dict[str, Any]:
    """Filters of a mapping."""
    texts = [pattern if isinstance(pattern, str) else json.dumps(pattern) for pattern in patterns]
    return {"FilterCriteria": {"Filters": [{"Pattern": text} for text in texts]}}


class Queue:
    """A queue of a statement's own."""

    def __init__(self, target: Target) -> None:
        self._sqs = sqs = target.client("sqs")
        # What answers for queues may have to start first.
        patience = Config(read_timeout=60, retries={"max_attempts": 0})
        patient = target.session().client("sqs", endpoint_url=target.endpoint("sqs"), config=patience)
        self.url: str = patient.create_queue(QueueName=f"fidelity-{uuid.uuid4().hex[:12]}")["QueueUrl"]
        target.defer(lambda: sqs.delete_queue(QueueUrl=self.url))
        told = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn: str = told["Attributes"]["QueueArn"]

    def message(self, seconds: float = 30) -> Any:
        """The next message."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self._sqs.receive_message(QueueUrl=self.url, MessageAttributeNames=["All"]).get("Messages")
            if found:
                return found[0]
            time.sleep(0.2)
        raise AssertionError("no message arrived")


def image(**attributes: Any) -> dict[str, Any]:
    """A pattern of an item after its change."""
    return {"dynamodb": {"NewImage": attributes}}


def arrived(target: Target, table: Streamed, fresh: str, pattern: object, *items: Item) -> list[str]:
    """Which of some items reached the function through a filter; after them comes one that passes any filter."""
    mapped(target, table, **filtered(pattern, image(last={"BOOL": [True]})))
    for number, item in enumerate(items):
        table.put(f"{fresh}-{number}", n={"N": str(number)}, **item)
    table.put(f"{fresh}-last", n={"N": "0"}, last={"BOOL": True})
    noted(target, f"received {fresh}-last", seconds=30)
    keys = [f"received {fresh}-{number}" for number in range(len(items))]
    answers = [target.keeper().get_item(TableName=target.notes(), Key={"id": {"S": key}}) for key in keys]
    return [key.split("-")[-1] for key, answer in zip(keys, answers, strict=True) if "Item" in answer]


@source(OF_TABLES)
def test_filter_on_an_attribute(target: Target, fresh: str) -> None:
    """A filter on an attribute lets only records with that value reach the function."""
    pattern = image(state={"S": ["done"]})
    items: list[Item] = [{"state": {"S": "open"}}, {"state": {"S": "done"}}, {}]
    assert arrived(target, streamed(target), fresh, pattern, *items) == ["1"]


@source(FILTERS)
def test_filter_operators(target: Target, fresh: str) -> None:
    """A filter's rules for one attribute are alternatives: a prefix, a suffix, whatever the case."""
    rules = [{"prefix": "a-"}, {"suffix": "-z"}, {"equals-ignore-case": "MIDDLE"}]
    items: list[Item] = [{"x": {"S": text}} for text in ("a-1", "1-a-", "1-z", "-z1", "middle", "middles")]
    assert arrived(target, streamed(target), fresh, image(x={"S": rules}), *items) == ["0", "2", "4"]


@source(FILTERS)
def test_filter_anything_but(target: Target, fresh: str) -> None:
    """anything-but lets other values pass, and no record without the attribute."""
    pattern = image(x={"S": [{"anything-but": ["a", "b"]}]})
    items: list[Item] = [{"x": {"S": "a"}}, {"x": {"S": "b"}}, {"x": {"S": "c"}}, {}]
    assert arrived(target, streamed(target), fresh, pattern, *items) == ["2"]


@source(OF_TABLES)
def test_filter_exists(target: Target, fresh: str) -> None:
    """exists looks at leaves: at the value below an attribute's type, never at the attribute itself."""
    pattern = {"$or": [image(x={"S": [{"exists": True}]}), image(y=[{"exists": True}])]}
    items = ({"x": {"S": "a"}}, {"x": {"N": "1"}}, {"y": {"S": "a"}})
    assert arrived(target, streamed(target), fresh, pattern, *items) == ["0"]


@source(OF_TABLES)
def test_filter_numbers(target: Target, fresh: str) -> None:
    """Numbers of items are texts in records, which no numeric rule matches."""
    pattern = {"$or": [image(x={"N": [{"numeric": [">", 1]}]}), image(x={"N": ["7"]})]}
    items = ({"x": {"N": "5"}}, {"x": {"N": "7"}})
    assert arrived(target, streamed(target), fresh, pattern, *items) == ["1"]


@source(FILTERS)
def test_filters_are_described(target: Target) -> None:
    """Filters are described as they were given, and an empty list takes them away."""
    asked = filtered(image(x={"S": ["a"]}))
    made = mapped(target, streamed(target), Enabled=False, **asked)
    assert made["FilterCriteria"] == asked["FilterCriteria"]


@source(FILTERS)
@pytest.mark.parametrize("pattern", ["no json", {"eventName": "INSERT"}, {"eventName": [{"like": "I"}]}])
def test_filter_that_is_none(target: Target, pattern: object) -> None:
    """A filter that is no pattern is an InvalidParameterValueException."""
    with pytest.raises(ClientError, match="Invalid filter pattern definition") as refused:
        mapped(target, streamed(target), **filtered(pattern))
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


@source(FILTERS)
def test_too_many_filters(target: Target) -> None:
    """More filters than the account's quota of five (ten at most) are refused."""
    with pytest.raises(ClientError) as refused:
        mapped(target, streamed(target), **filtered(*[image(x={"S": [str(number)]}) for number in range(11)]))
    assert refused.value.response["Error"]["Code"] in {"InvalidParameterValueException", "ValidationException"}


@source(DEAD_LETTERS)
def test_dead_letter(target: Target, fresh: str) -> None:
    """A dead letter is the event itself, with RequestID, ErrorCode and ErrorMessage as attributes."""
    queue, functions, name = Queue(target), target.client("lambda"), target.function("abandoned")
    functions.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": queue.arn})
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    event = json.dumps({"note": fresh})
    answer = functions.invoke(FunctionName=name, InvocationType="Event", Payload=event)
    letter = queue.message()
    assert json.loads(letter["Body"]) == {"note": fresh}
    assert set(letter["MessageAttributes"]) == {"RequestID", "ErrorCode", "ErrorMessage"}
    assert letter["MessageAttributes"]["RequestID"]["StringValue"] == answer["ResponseMetadata"]["RequestId"]


def outcome(target: Target, function: str, event: object, destination: str) -> tuple[Any, Any]:
    """The answer to an event for a function that is not retried, and what a destination of it is told then."""
    queue, functions, name = Queue(target), target.client("lambda"), target.function(function)
    functions.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={destination: {"Destination": queue.arn}}
    )
    try:
        answer = functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
        return answer, json.loads(queue.message(60)["Body"])
    finally:
        functions.delete_function_event_invoke_config(FunctionName=name)


@source(RECORDS)
def test_record_of_failure(target: Target, fresh: str) -> None:
    """A destination of failures is told the event, how often it was tried, why it was given up, and the error."""
    answer, record = outcome(target, "raises", {"note": fresh}, "OnFailure")
    context = record["requestContext"]
    assert (record["version"], context["condition"]) == ("1.0", "RetriesExhausted")
    assert (context["requestId"], context["approximateInvokeCount"]) == (answer["ResponseMetadata"]["RequestId"], 1)
    assert context["functionArn"].endswith(f":{target.function('raises')}:$LATEST")
    assert record["requestPayload"] == {"note": fresh}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "no luck"


@source(RECORDS)
def test_record_of_success(target: Target, fresh: str) -> None:
    """A destination of successes is told the event and what the function returned."""
    _, record = outcome(target, "describe", {"note": fresh}, "OnSuccess")
    assert record["requestContext"]["condition"] == "Success"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert (record["requestPayload"], record["responsePayload"]["event"]) == ({"note": fresh}, {"note": fresh})


@source(DISCARDED)
def test_batch_given_up(target: Target, fresh: str) -> None:
    """Of a batch that is given up its destination is told where it lies in the stream, and not what was in it."""
    queue, table = Queue(target), streamed(target)
    mapped(target, table, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": queue.arn}})
    table.put(fresh, fail={"BOOL": True})
    told = json.loads(queue.message()["Body"])
    (record,) = table.records(1)
    assert (told["version"], told["requestContext"]["condition"]) == ("1.0", "RetryAttemptsExhausted")
    assert told["requestContext"]["approximateInvokeCount"] == 1
    assert told["responseContext"]["functionError"] == "Unhandled"
    number = record["dynamodb"]["SequenceNumber"]
    place = told["DDBStreamBatchInfo"]
    assert (place["startSequenceNumber"], place["endSequenceNumber"], place["batchSize"]) == (number, number, 1)
    assert (place["shardId"], place["streamArn"]) == (table.shard(), table.arn)
    assert fresh not in json.dumps(told)


@source(DISCARDED)
def test_after_a_batch_given_up(target: Target, fresh: str) -> None:
    """Once a batch is given up the shard goes on behind it."""
    table = streamed(target)
    mapped(target, table, MaximumRetryAttempts=0, BatchSize=1)
    table.put(f"{fresh}-bad", fail={"BOOL": True})
    table.put(f"{fresh}-good")
    noted(target, f"received {fresh}-good", seconds=30)


@source(WINDOWS)
def test_tumbling_window(target: Target, fresh: str) -> None:
    """In a tumbling window each invocation gets the state that the last one returned, and a final one ends it."""
    table = streamed(target)
    mapped(target, table, TumblingWindowInSeconds=3, BatchSize=1)
    table.put(f"{fresh}-1")
    received, _ = noted(target, f"received {fresh}-1", seconds=30)
    besides = received["besides"]
    assert (besides["state"], besides["isFinalInvokeForWindow"], besides["isWindowTerminatedEarly"]) == (
        {},
        False,
        False,
    )
    assert (besides["shardId"], besides["eventSourceARN"]) == (table.shard(), table.arn)
    assert set(besides["window"]) == {"start", "end"}
    final, _ = noted(target, f"final {table.arn}", seconds=30)
    assert (final["besides"]["state"], final["besides"]["isFinalInvokeForWindow"]) == ({"n": 1}, True)


@source(PARAMETERS)
def test_parallelization(target: Target, fresh: str) -> None:
    """With a parallelization factor a batch that fails holds up the changes of its own items, and no others."""
    table = streamed(target)
    mapped(target, table, ParallelizationFactor=10, BatchSize=1)
    table.put(f"{fresh}-bad", fail={"BOOL": True})
    for number in range(30):
        table.put(f"{fresh}-{number}")
    keys = [f"received {fresh}-{number}" for number in range(30)]
    deadline = time.monotonic() + 30
    found = 0
    while found < 15 and time.monotonic() < deadline:
        time.sleep(0.3)
        answers = (target.keeper().get_item(TableName=target.notes(), Key={"id": {"S": key}}) for key in keys)
        found = sum("Item" in answer for answer in answers)
    assert found >= 15  # the others share the lane of the one that fails


@source(MAPPINGS)
def test_mapping_state(target: Target) -> None:
    """A new mapping is Creating, and then Enabled, or Disabled where that was asked for."""
    functions = target.client("lambda")
    made = mapped(target, streamed(target), Enabled=False)
    assert made["State"] == "Creating"
    deadline = time.monotonic() + 60
    while functions.get_event_source_mapping(UUID=made["UUID"])["State"] != "Disabled":
        assert time.monotonic() < deadline
        time.sleep(0.5)


@source(MAPPINGS)
@pytest.mark.parametrize(
    "settings",
    [{"ParallelizationFactor": 11}, {"TumblingWindowInSeconds": 901}, {"MaximumBatchingWindowInSeconds": 301}],
)
def test_mapping_bounds(target: Target, settings: dict[str, int]) -> None:
    """Numbers beyond their bounds are a ValidationException."""
    with pytest.raises(ClientError) as refused:
        mapped(target, streamed(target), **settings)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@source(MAPPINGS)
def test_no_timestamp(target: Target) -> None:
    """A table's stream cannot be read from a point in time on."""
    with pytest.raises(ClientError) as refused:
        mapped(target, streamed(target), StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=time.time())
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


@source(MAPPINGS)
def test_last_processing_result(target: Target, fresh: str) -> None:
    """A mapping says whether its last attempt succeeded: first that there was none, then OK."""
    functions, table = target.client("lambda"), streamed(target)
    made = mapped(target, table)
    assert made["LastProcessingResult"] == "No records processed"
    table.put(fresh)
    noted(target, f"received {fresh}", seconds=30)
    deadline = time.monotonic() + 60
    while functions.get_event_source_mapping(UUID=made["UUID"])["LastProcessingResult"] != "OK":
        assert time.monotonic() < deadline
        time.sleep(0.5)


def total(target: Target, metric: str, function: str, statistic: str = "Sum") -> float:
    """The sum or the count of a function's metric, once it has one; CloudWatch takes minutes."""
    asked = {"Namespace": "AWS/Lambda", "MetricName": metric, "Period": 60, "Statistics": [statistic]}
    dimensions = [{"Name": "FunctionName", "Value": function}]
    deadline = time.monotonic() + (20 if target.endpoint("cloudwatch") else 300)
    while True:
        now = time.time()
        points = target.client("cloudwatch").get_metric_statistics(
            **asked, Dimensions=dimensions, StartTime=now - 3600, EndTime=now + 60
        )["Datapoints"]
        if points or time.monotonic() > deadline:
            return float(sum(point[statistic] for point in points))
        time.sleep(2)


@source(METRICS)
def test_metrics(target: Target, fresh: str) -> None:
    """Invocations, errors and durations of a function are metrics."""
    functions, name = target.client("lambda"), target.function("raises")
    functions.invoke(FunctionName=name, Payload=json.dumps(fresh))
    assert total(target, "Invocations", name) >= 1
    assert total(target, "Errors", name) >= 1
    assert total(target, "Duration", name) > 0


@source(METRICS)
def test_metrics_of_events(target: Target, fresh: str) -> None:
    """Events are counted as they are received, and those that no function has processed as they are dropped."""
    functions, name = target.client("lambda"), target.function("abandoned")
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(fresh))
    assert total(target, "AsyncEventsReceived", name) >= 1
    assert total(target, "AsyncEventsDropped", name) >= 1


@source(METRICS)
def test_iterator_age(target: Target, fresh: str) -> None:
    """IteratorAge says how old the records are that a function gets from a stream."""
    table, name = streamed(target), target.function("receives")
    mapped(target, table)
    table.put(fresh)
    noted(target, f"received {fresh}", seconds=30)
    assert total(target, "IteratorAge", name, "SampleCount") >= 1


@source(MAPPINGS)
def test_disabled_mapping(target: Target, fresh: str) -> None:
    """A mapping that is disabled delivers nothing; once it is enabled it goes on from where it was."""
    functions, table = target.client("lambda"), streamed(target)
    made = mapped(target, table, Enabled=False)
    table.put(fresh)
    table.records(1)
    time.sleep(1)
    assert "Item" not in target.keeper().get_item(TableName=target.notes(), Key={"id": {"S": f"received {fresh}"}})
    deadline = time.monotonic() + 60
    while functions.get_event_source_mapping(UUID=made["UUID"])["State"] != "Disabled":
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert functions.update_event_source_mapping(UUID=made["UUID"], Enabled=True)["State"] == "Enabling"
    noted(target, f"received {fresh}", seconds=30)
