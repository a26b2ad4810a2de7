"""Settings of event invocations as an architecture or a call describes them."""

from __future__ import annotations

from typing import Any

import pytest

from terrarium.errors import UserError
from terrarium.local.api.lambda_control.dependents import owner
from terrarium.local.compute.functions import EventSettings
from terrarium.local.kinds.event_invoke_configs import event_settings
from terrarium.local.registry import Entry

TYPE = "aws_lambda_function_event_invoke_config"
QUEUE, BUCKET = "arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:s3:::fails"


def config(**values: Any) -> Entry:
    return Entry(f"{TYPE}.it", TYPE, {"function_name": "hello", **values})


def destinations(**arns: str) -> dict[str, Any]:
    return {"destination_config": [{name: [{"destination": arn}] for name, arn in arns.items()}]}


def test_what_is_left_out_is_lambdas_default() -> None:
    assert event_settings(config()) == EventSettings(2, 21_600.0)


def test_everything_can_be_said() -> None:
    said = config(
        maximum_retry_attempts=0, maximum_event_age_in_seconds=60, **destinations(on_success=QUEUE, on_failure=BUCKET)
    )
    assert event_settings(said) == EventSettings(0, 60.0, QUEUE, BUCKET)


@pytest.mark.parametrize(
    "values",
    [
        {"maximum_retry_attempts": 3},
        {"maximum_event_age_in_seconds": 59},
        {"maximum_event_age_in_seconds": 21_601},
        destinations(on_success=BUCKET),
        destinations(on_failure="arn:aws:kinesis:us-east-1:000000000000:stream/s"),
        destinations(on_failure="q"),
    ],
)
def test_what_lambda_refuses_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        event_settings(config(**values))


@pytest.mark.parametrize("name", ["hello", "arn:aws:lambda:us-east-1:000000000000:function:hello"])
def test_a_function_is_named_or_given_by_its_arn(name: str) -> None:
    assert owner(config(function_name=name)).key == "hello"
    assert owner(config(function_name=name, qualifier="live")).key == "hello:live"
