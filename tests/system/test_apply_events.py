"""Dead letters, destinations and filtered mappings as the real Terraform provider makes them, without drift."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.conftest import Up, until
from tests.system.test_apply import (
    _apply,
    _client,
    _plan_is_empty_and_destroy_leaves_nothing,
)

ARCHITECTURE = '''"""A function on a table's stream, and a queue for what goes wrong."""
from terrarium import Architecture, aws

app = Architecture("events", region="us-east-1")
failed = aws.Queue(app, "failed", name="failed")
orders = aws.Table(app, "orders", name="orders", key="id", stream="NEW_AND_OLD_IMAGES")
ship = aws.Function(app, "ship", code="handlers", name="ship", handler="app.handler", dead_letter=failed)
ship.events(retries=0, maximum_age=60)
ship.on_failure(failed)
orders.on_change(
    ship,
    filter={"eventName": ["INSERT"], "dynamodb": {"NewImage": {"state": {"S": [{"prefix": "paid"}]}}}},
    parallelization_factor=2,
    on_failure=failed,
    starting_position="TRIM_HORIZON",
    maximum_retry_attempts=0,
)
'''


@pytest.mark.terraform
@pytest.mark.slow
@pytest.mark.timeout(600)  # the provider waits for half a minute to be sure of a queue
def test_what_becomes_of_events_is_applied_without_drift_works_and_is_destroyed(
    up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "app.py").write_text("def handler(event, context): raise ValueError('no luck')\n")
    (tmp_path / "architecture.py").write_text(ARCHITECTURE)
    system = up("empty")
    out = _apply(system, tmp_path, "architecture.py", monkeypatch)

    sqs = _client("sqs", system.port)
    url = sqs.get_queue_url(QueueName="failed")["QueueUrl"]
    bodies: list[str] = []

    def told(count: int) -> bool:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())
        bodies.extend(message["Body"] for message in found)
        return len(bodies) >= count

    for id, state in (("1", "open"), ("2", "paid by card")):
        _client("dynamodb", system.port).put_item(TableName="orders", Item={"id": {"S": id}, "state": {"S": state}})
    until(lambda: told(1))
    assert json.loads(bodies.pop())["DDBStreamBatchInfo"]["batchSize"] == 1
    _client("lambda", system.port).invoke(FunctionName="ship", InvocationType="Event", Payload=b'{"id": "3"}')
    until(lambda: told(2))
    assert sorted(json.loads(body).get("id", "record") for body in bodies) == ["3", "record"]

    _plan_is_empty_and_destroy_leaves_nothing(system, out)
