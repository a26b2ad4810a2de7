"""Objects as boto3 sees them."""

from __future__ import annotations

import asyncio

import pytest
from botocore.exceptions import ClientError

from tests.unit.local.api.s3.conftest import Place


async def test_what_is_put_comes_back(s3: Place) -> None:
    def use() -> None:
        client = s3.client()
        client.create_bucket(Bucket="plants")
        put = client.put_object(Bucket="plants", Key="a/fern", Body=b"green", Metadata={"Light": "shade"})
        assert put["ETag"] == '"9f27410725ab8cc8854a2769c7a516b8"'
        got = client.get_object(Bucket="plants", Key="a/fern")
        assert got["Body"].read() == b"green"
        assert got["Metadata"] == {"light": "shade"}
        assert got["ContentType"] == "binary/octet-stream"
        assert got["ServerSideEncryption"] == "AES256"

    await asyncio.to_thread(use)


async def test_only_the_first_of_two_puts_that_want_nothing_there_succeeds(s3: Place) -> None:
    def use() -> None:
        client = s3.client()
        client.create_bucket(Bucket="plants")
        client.put_object(Bucket="plants", Key="fern", Body=b"first", IfNoneMatch="*")
        with pytest.raises(ClientError) as refused:
            client.put_object(Bucket="plants", Key="fern", Body=b"second", IfNoneMatch="*")
        assert refused.value.response["Error"]["Code"] == "PreconditionFailed"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
        assert client.get_object(Bucket="plants", Key="fern")["Body"].read() == b"first"

    await asyncio.to_thread(use)
