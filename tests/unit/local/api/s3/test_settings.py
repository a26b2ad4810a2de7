"""What is set on buckets: given back as it was, and S3's own word where nothing is set."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from terrarium.local.api.s3.settings import SETTINGS
from tests.unit.local.api.s3.conftest import Place

KMS = "arn:aws:kms:us-east-1:000000000000:key/1"
CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 3}]}
WEBSITE = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
LOGGING = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "p/"}}
QUEUE = {"Id": "q", "QueueArn": "arn:aws:sqs:us-east-1:0:q", "Events": ["s3:ObjectCreated:*"]}


def made(s3: Place, **more: Any) -> Any:  # botocore makes its clients' classes while it runs
    client = s3.client()
    client.create_bucket(Bucket="plants", **more)
    return client


def plain(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


def refusal(call: Any, **asked: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        call(Bucket="plants", **asked)
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("bucket_cors", "CORSConfiguration", CORS),
        ("bucket_website", "WebsiteConfiguration", WEBSITE),
        ("bucket_logging", "BucketLoggingStatus", LOGGING),
        ("bucket_notification_configuration", "NotificationConfiguration", {"QueueConfigurations": [QUEUE]}),
        ("bucket_notification_configuration", "NotificationConfiguration", {"EventBridgeConfiguration": {}}),
        ("bucket_accelerate_configuration", "AccelerateConfiguration", {"Status": "Enabled"}),
        ("bucket_request_payment", "RequestPaymentConfiguration", {"Payer": "Requester"}),
        ("bucket_tagging", "Tagging", {"TagSet": [{"Key": "a b", "Value": "ü&<"}]}),
    ],
)
async def test_what_is_set_comes_back(s3: Place, name: str, parameter: str, value: dict[str, Any]) -> None:
    def use() -> None:
        client = made(s3)
        getattr(client, f"put_{name}")(Bucket="plants", **{parameter: value})
        assert plain(getattr(client, f"get_{name}")(Bucket="plants")) == value

    await asyncio.to_thread(use)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_policy_status", "NoSuchBucketPolicy"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ],
)
async def test_what_is_not_set_is_not_found(s3: Place, call: str, code: str) -> None:
    def use() -> None:
        assert refusal(getattr(made(s3), call)) == (code, 404)

    await asyncio.to_thread(use)


async def test_a_new_bucket_is_closed_encrypted_and_its_owners(s3: Place) -> None:
    def use() -> None:
        client = made(s3)
        block = client.get_public_access_block(Bucket="plants")["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}
        rule = client.get_bucket_encryption(Bucket="plants")["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        assert rule["BucketKeyEnabled"] is False
        ownership = client.get_bucket_ownership_controls(Bucket="plants")["OwnershipControls"]["Rules"]
        assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert refusal(client.put_bucket_acl, ACL="private") == ("AccessControlListNotSupported", 400)
        client.delete_public_access_block(Bucket="plants")
        client.delete_bucket_ownership_controls(Bucket="plants")
        missing = ("NoSuchPublicAccessBlockConfiguration", 404)
        assert refusal(client.get_public_access_block) == missing
        assert refusal(client.get_bucket_ownership_controls) == ("OwnershipControlsNotFoundError", 404)

    await asyncio.to_thread(use)


async def test_default_encryption_is_that_of_new_objects(s3: Place) -> None:
    def use() -> None:
        client = made(s3)
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KMS}
        rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
        client.put_bucket_encryption(Bucket="plants", ServerSideEncryptionConfiguration={"Rules": rules})
        client.put_object(Bucket="plants", Key="fern", Body=b"x")
        found = client.head_object(Bucket="plants", Key="fern")
        assert (found["ServerSideEncryption"], found["SSEKMSKeyId"], found["BucketKeyEnabled"]) == (
            "aws:kms",
            KMS,
            True,
        )
        client.delete_bucket_encryption(Bucket="plants")
        client.put_object(Bucket="plants", Key="fern", Body=b"x")
        assert client.head_object(Bucket="plants", Key="fern")["ServerSideEncryption"] == "AES256"

    await asyncio.to_thread(use)


async def test_rules_without_a_name_get_one(s3: Place) -> None:
    def use() -> None:
        client = made(s3)
        rule = {"Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}
        client.put_bucket_lifecycle_configuration(Bucket="plants", LifecycleConfiguration={"Rules": [rule]})
        found = client.get_bucket_lifecycle_configuration(Bucket="plants")
        assert {name: value for name, value in found["Rules"][0].items() if name != "ID"} == rule
        assert found["Rules"][0]["ID"]
        assert found["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"

    await asyncio.to_thread(use)


@pytest.mark.parametrize(("condition", "public"), [({}, True), ({"Bool": {"aws:SecureTransport": "true"}}, False)])
async def test_a_policy_is_kept_and_said_to_be_public_or_not(s3: Place, condition: Any, public: bool) -> None:
    def use() -> None:
        client = made(s3)
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
        policy = json.dumps({"Statement": [{**statement, **({"Condition": condition} if condition else {})}]})
        client.put_bucket_policy(Bucket="plants", Policy=policy)
        assert client.get_bucket_policy(Bucket="plants")["Policy"] == policy
        assert client.get_bucket_policy_status(Bucket="plants")["PolicyStatus"]["IsPublic"] is public
        assert refusal(client.put_bucket_policy, Policy="no JSON") == ("MalformedPolicy", 400)

    await asyncio.to_thread(use)


async def test_a_deleted_configuration_of_several_leaves_the_others_and_the_bucket(s3: Place) -> None:
    def use() -> None:
        client = made(s3)
        for id in ("one", "two"):
            client.put_bucket_metrics_configuration(Bucket="plants", Id=id, MetricsConfiguration={"Id": id})
        listed = client.list_bucket_metrics_configurations(Bucket="plants")["MetricsConfigurationList"]
        assert [one["Id"] for one in listed] == ["one", "two"]
        client.delete_bucket_metrics_configuration(Bucket="plants", Id="one")
        assert refusal(client.get_bucket_metrics_configuration, Id="one") == ("NoSuchConfiguration", 404)
        assert client.get_bucket_metrics_configuration(Bucket="plants", Id="two")
        client.head_bucket(Bucket="plants")

    await asyncio.to_thread(use)


async def test_lists_of_grants_come_back_where_ownership_allows_them(s3: Place) -> None:
    def use() -> None:
        client = made(s3, ObjectOwnership="ObjectWriter")
        client.put_bucket_acl(Bucket="plants", ACL="public-read")
        found = client.get_bucket_acl(Bucket="plants")
        assert [one["Permission"] for one in found["Grants"]] == ["FULL_CONTROL", "READ"]
        assert found["Grants"][1]["Grantee"]["URI"].endswith("AllUsers")
        client.put_bucket_acl(Bucket="plants", AccessControlPolicy={name: found[name] for name in ("Owner", "Grants")})
        assert plain(client.get_bucket_acl(Bucket="plants")) == plain(found)
        client.put_object(Bucket="plants", Key="fern", ACL="public-read")
        assert len(client.get_object_acl(Bucket="plants", Key="fern")["Grants"]) == 2

    await asyncio.to_thread(use)


async def test_what_is_set_goes_with_its_bucket(s3: Place) -> None:
    def use() -> None:
        client = made(s3)
        client.put_bucket_cors(Bucket="plants", CORSConfiguration=CORS)
        client.delete_bucket(Bucket="plants")
        client.create_bucket(Bucket="plants")
        assert refusal(client.get_bucket_cors) == ("NoSuchCORSConfiguration", 404)

    await asyncio.to_thread(use)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
async def test_no_setting_is_taken_for_its_bucket(s3: Place, setting: Any) -> None:
    client = s3.client()
    await asyncio.to_thread(client.create_bucket, Bucket="plants")
    for method in ("DELETE", "POST"):
        await s3.raw(method, f"/plants?{setting.name}")
    assert s3.objects.find_bucket("plants") is not None
