"""The names that functions go by."""

from __future__ import annotations

import pytest

from terrarium.local.function_names import FunctionName, function_name, named

ARN = "arn:aws:lambda:us-east-1:000000000000:function:hello"


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("hello", ("hello", "")),
        ("hello:live", ("hello", "live")),
        ("hello:$LATEST", ("hello", "$LATEST")),
        ("000000000000:hello:1", ("hello", "1")),
        ("000000000000:function:hello", ("hello", "")),
        ("function:hello:1", ("hello", "1")),
        (ARN, ("hello", "")),
        (f"{ARN}:live", ("hello", "live")),
        ("arn:aws-cn:lambda:cn-north-1:000000000000:function:hello:7", ("hello", "7")),
    ],
)
def test_a_function_goes_by_its_name_its_arn_and_parts_of_it(identifier: str, expected: tuple[str, str]) -> None:
    assert function_name(identifier) == expected


@pytest.mark.parametrize("identifier", ["", "no name", "hello:", "hello:a:b", "arn:aws:s3:::bucket", "hello:$OTHER"])
def test_nothing_else_is_a_functions_name(identifier: str) -> None:
    assert function_name(identifier) is None


def test_a_function_and_its_latest_version_have_one_key() -> None:
    assert named(ARN).key == named(f"{ARN}:$LATEST").key == "hello"
    assert FunctionName("hello", "live").key == "hello:live"
