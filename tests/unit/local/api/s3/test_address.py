"""Which bucket and key a request is about."""

from __future__ import annotations

import pytest

from terrarium.local.api.s3.address import Address, address
from terrarium.local.aws_error import AwsError

OWN = "tictactoe.localhost"


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("localhost:4500", "/", Address("", "")),
        ("127.0.0.1:4500", "/plants", Address("plants", "")),
        ("[::1]:4500", "/plants/", Address("plants", "")),
        ("localhost:4500", "/plants/a/b%2Fc%20d", Address("plants", "a/b/c d")),
        ("localhost:4500", "/plants//a/../b", Address("plants", "/a/../b")),
        ("plants.localhost:4500", "/fern", Address("plants", "fern")),
        ("plants.s3.localhost:4500", "/fern", Address("plants", "fern")),
        ("s3.localhost:4500", "/plants/fern", Address("plants", "fern")),
        ("s3.us-east-1.localhost:4500", "/plants/fern", Address("plants", "fern")),
        ("plants.s3.amazonaws.com", "/fern", Address("plants", "fern")),
        ("my.plants.s3.eu-west-1.amazonaws.com", "/fern", Address("my.plants", "fern")),
        ("s3.amazonaws.com", "/plants/fern", Address("plants", "fern")),
        ("s3-eu-west-1.amazonaws.com", "/plants/fern", Address("plants", "fern")),
        ("tictactoe.localhost:4500", "/plants/fern", Address("plants", "fern")),
        ("queue.tictactoe.localhost:4500", "/plants/fern", Address("plants", "fern")),
        ("plants.s3.amazonaws.com", "/%C3%BC", Address("plants", "ü")),
    ],
)
def test_host_and_path_name_bucket_and_key(host: str, path: str, expected: Address) -> None:
    assert address(host, path, OWN) == expected


def test_a_path_that_is_no_text_is_refused() -> None:
    with pytest.raises(AwsError, match="InvalidURI"):
        address("localhost", "/plants/%ff", OWN)
