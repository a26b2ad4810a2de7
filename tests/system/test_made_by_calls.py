"""What calls made is seen: in status, in logs, in data, and after a restart."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import boto3

from tests.system.architectures import write
from tests.system.conftest import PATIENCE, Up, moto_of, until

STACK = ["aws_cloudwatch_log_group", "aws_dynamodb_table", "aws_s3_bucket"]


# boto3 makes its clients' classes while it runs: there is no type to name.
def client(service: str, port: int) -> Any:
    make: Any = boto3.client
    keys = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"}
    return make(service, endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **keys)


def make(port: int) -> None:
    client("dynamodb", port).create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client("dynamodb", port).put_item(TableName="orders", Item={"id": {"S": "one"}})
    client("s3", port).create_bucket(Bucket="files")
    logs = client("logs", port)
    logs.create_log_group(logGroupName="/own/group")
    logs.create_log_stream(logGroupName="/own/group", logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "said by hand"}
    logs.put_log_events(logGroupName="/own/group", logStreamName="s", logEvents=[event])
    client("sqs", port).create_queue(QueueName="later")
    client("cloudwatch", port).put_metric_alarm(
        AlarmName="many", Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def by_calls(system: Up) -> dict[str, str]:
    """What status tells of what calls made: where it is reached, by type."""
    status = json.loads(system.terrarium("status", "--json").stdout)
    return {one["type"]: one["reached_at"] for one in status["resources"] if one["made_by"] == "call"}


def test_what_calls_made_is_listed_read_and_there_the_next_time(up: Callable[..., Up]) -> None:
    system = up("empty")
    make(system.port)

    assert by_calls(system) == {
        "aws_dynamodb_table": "aws dynamodb scan --table-name orders",
        "aws_s3_bucket": "aws s3 ls s3://files",
        "aws_cloudwatch_log_group": "aws logs tail /own/group",
    }
    assert "alive, by a call" in system.terrarium("status").stdout
    everything = system.terrarium("status", "--all").stdout
    assert "sqs: 1 call kept" in everything
    assert "monitoring: 1 call kept" in everything
    until(lambda: "said by hand" in system.terrarium("logs", "/own/group").stdout)
    assert json.loads(system.terrarium("data", "empty", "orders", "--json").stdout) == [{"id": "one"}]

    system.process.kill()
    system.process.communicate(timeout=PATIENCE)
    again = up("empty", port=system.port)

    assert sorted(by_calls(again)) == STACK
    assert moto_of(again) == []  # it starts when somebody asks it
    assert client("sqs", again.port).list_queues()["QueueUrls"] == [f"http://127.0.0.1:{again.port}/000000000000/later"]
    alarms = client("cloudwatch", again.port).describe_alarms()["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in alarms] == ["many"]


def test_what_the_architecture_describes_is_not_made_by_a_call(up: Callable[..., Up], tmp_path: Any) -> None:
    system = up(write(tmp_path))
    assert by_calls(system) == {}
    make(system.port)
    assert sorted(by_calls(system)) == STACK


def test_reset_forgets_what_calls_made(up: Callable[..., Up]) -> None:
    system = up("empty")
    make(system.port)
    assert system.end() == 0
    assert system.terrarium("reset", "--yes").returncode == 0
    again = up("empty")
    assert by_calls(again) == {}
    assert "QueueUrls" not in client("sqs", again.port).list_queues()


def test_what_moto_made_is_there_after_its_process_was_killed(up: Callable[..., Up]) -> None:
    system = up("empty")
    make(system.port)
    (pid,) = moto_of(system)
    os.kill(pid, signal.SIGKILL)
    until(lambda: pid not in moto_of(system))
    assert len(client("sqs", system.port).list_queues()["QueueUrls"]) == 1
