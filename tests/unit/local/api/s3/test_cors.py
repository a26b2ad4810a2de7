"""Pages of other origins (https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html)."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.local.api.s3.conftest import Place

RULES = [
    {"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["x-amz-*"]},
    {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3},
]
PAGE = "https://app.example.com"


@pytest.fixture
async def plants(s3: Place) -> Place:
    def make() -> None:
        client = s3.client()
        client.create_bucket(Bucket="plants")
        client.put_object(Bucket="plants", Key="fern", Body=b"green")
        client.put_bucket_cors(Bucket="plants", CORSConfiguration={"CORSRules": RULES})

    await asyncio.to_thread(make)
    return s3


@pytest.mark.parametrize(
    ("origin", "method", "headers", "allowed"),
    [
        (PAGE, "PUT", "x-amz-meta-a, X-Amz-Acl", PAGE),
        (PAGE, "PUT", "content-type", None),
        (PAGE, "DELETE", "", None),
        ("https://example.org", "PUT", "", None),
        ("https://example.org", "GET", "", "*"),
    ],
)
async def test_a_browser_asks_first(plants: Place, origin: str, method: str, headers: str, allowed: str | None) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    status, answer, body = await plants.raw("OPTIONS", "/plants/fern", headers=asked)
    assert answer.get("Access-Control-Allow-Origin") == allowed
    assert (status, b"AccessForbidden" in body) == ((200, False) if allowed else (403, True))


async def test_an_answer_says_who_may_see_it(plants: Place) -> None:
    _, headers, body = await plants.raw("GET", "/plants/fern", headers={"Origin": PAGE})
    assert body == b"green"
    assert (headers["Access-Control-Allow-Origin"], headers["Access-Control-Expose-Headers"]) == ("*", "ETag")
    _, headers, _ = await plants.raw("GET", "/plants/fern")
    assert "Access-Control-Allow-Origin" not in headers


async def test_without_a_configuration_nobody_is_let_in(plants: Place) -> None:
    await plants.raw("DELETE", "/plants?cors")
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "GET"}
    status, _, body = await plants.raw("OPTIONS", "/plants/fern", headers=asked)
    assert (status, b"CORS is not enabled" in body) == (403, True)
    assert "Access-Control-Allow-Origin" not in (await plants.raw("GET", "/plants/fern", headers={"Origin": PAGE}))[1]
