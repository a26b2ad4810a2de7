"""What an architecture sets on a bucket is what S3's API tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from terrarium.local.api.s3 import xml
from terrarium.local.api.s3.cors import answer_headers
from terrarium.local.api.s3.settings import SETTINGS as KNOWN
from terrarium.local.data.objects import Objects
from terrarium.local.kinds.bucket_settings import SETTINGS, BucketSettingKind
from terrarium.local.registry import Entry
from terrarium.testing.clock import ManualClock


class Parts:
    """As much of the engines as settings need."""

    def __init__(self, folder: Path) -> None:
        self.objects = Objects(folder, clock=ManualClock())


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    parts = Parts(tmp_path)
    parts.objects.start()
    parts.objects.create_bucket("plants", "us-east-1")
    yield parts
    parts.objects.stop()


async def made(parts: Parts, type: str, **values: Any) -> bytes:  # attributes of any type
    kind = BucketSettingKind(parts)  # type: ignore[arg-type]  # a part of the parts
    await kind.create(Entry(f"{type}.plants", type, {"bucket": "plants", **values}))
    found = parts.objects.setting("plants", SETTINGS[type][0])
    assert found is not None
    return found


async def test_cross_origin_rules_count(parts: Parts) -> None:
    rule = {"allowed_methods": ["GET"], "allowed_origins": ["https://example.com"], "expose_headers": ["ETag"]}
    found = await made(parts, "aws_s3_bucket_cors_configuration", cors_rule=[rule])
    headers = answer_headers(found, "GET", {"Origin": "https://example.com"})
    assert headers["Access-Control-Expose-Headers"] == "ETag"


async def test_encryption_names_its_key(parts: Parts) -> None:
    default = {"sse_algorithm": "aws:kms", "kms_master_key_id": "alias/plants"}
    rule = {"apply_server_side_encryption_by_default": [default], "bucket_key_enabled": True}
    found = await made(parts, "aws_s3_bucket_server_side_encryption_configuration", rule=[rule])
    written = xml.read(found, "ServerSideEncryptionConfiguration").written()
    for part in ("<SSEAlgorithm>aws:kms<", "<KMSMasterKeyID>alias/plants<", "<BucketKeyEnabled>true<"):
        assert part in written


async def test_what_may_be_public_is_said_in_full(parts: Parts) -> None:
    found = await made(parts, "aws_s3_bucket_public_access_block", block_public_acls=True)
    root = xml.read(found, "PublicAccessBlockConfiguration")
    assert (root.get("BlockPublicAcls"), root.get("RestrictPublicBuckets")) == ("true", "false")


async def test_ownership_and_policy_are_as_written(parts: Parts) -> None:
    found = await made(parts, "aws_s3_bucket_ownership_controls", rule=[{"object_ownership": "ObjectWriter"}])
    assert b"<ObjectOwnership>ObjectWriter<" in found
    assert await made(parts, "aws_s3_bucket_policy", policy='{"Statement": []}') == b'{"Statement": []}'


def test_what_does_nothing_yet_says_so(parts: Parts) -> None:
    kind = BucketSettingKind(parts)  # type: ignore[arg-type]  # a part of the parts
    assert all(kind.reached_at(Entry("x", type, {})) for type in SETTINGS)
    assert "nobody is refused" in kind.reached_at(Entry("x", "aws_s3_bucket_policy", {}))


def test_every_setting_is_one_that_the_api_knows() -> None:
    assert {name for name, _ in SETTINGS.values()} <= {setting.name for setting in KNOWN} | {"policy"}
