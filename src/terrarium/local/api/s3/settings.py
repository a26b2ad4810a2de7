"""What is set on a bucket: stored as it was given, and given back so; what S3 adds or says of nothing is here.

A table says for each sub-resource what its document is called, and what is answered where nothing is set.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping

from aiohttp import web
from msgspec import Struct

from terrarium.local.api.s3 import tags, xml
from terrarium.local.api.s3.body import read_document
from terrarium.local.api.s3.call import Handler, S3Call
from terrarium.local.api.s3.errors import invalid_argument
from terrarium.local.aws_error import AwsError


def _as_given(call: S3Call, body: bytes) -> bytes:
    del call
    return body


def _bucket_key(call: S3Call, body: bytes) -> bytes:
    """S3 says of each rule whether it uses a bucket key, which is not so where nothing was said."""
    del call
    rules = []
    for rule in xml.read(body, "ServerSideEncryptionConfiguration").children("Rule"):
        key = "" if rule.child("BucketKeyEnabled") else xml.text("BucketKeyEnabled", False)
        rules.append(xml.element("Rule", *(child.written() for child in rule.children()), key))
    if not rules:
        raise xml.malformed()
    return xml.document("ServerSideEncryptionConfiguration", *rules)


def _ids(call: S3Call, body: bytes) -> bytes:
    """S3 names rules and notifications that have no name."""
    root = xml.read(body, "LifecycleConfiguration", "NotificationConfiguration")
    children = enumerate(root.children())
    return xml.document(root.name, *(_named(child, f"{call.request_id}-{number}") for number, child in children))


def _named(child: xml.Element, id: str) -> str:
    name = "ID" if child.name == "Rule" else "Id"
    if child.get(name) or not child.children():
        return child.written()
    parts = (part.written() for part in child.children() if part.name != name)
    return xml.element(child.name, xml.text(name, id), *parts)


def _versioned(call: S3Call, body: bytes) -> bytes:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html"""
    if call.store.bucket(call.bucket).versioning != "Enabled":
        message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise AwsError("InvalidBucketState", message, 409)
    return body


def _tags(call: S3Call, body: bytes) -> bytes:
    del call
    return tags.written(tags.read(body, tags.BUCKET_TAGS))


class Setting(Struct, frozen=True):
    """One sub-resource.

    Attributes:
        name: Its name in the query.
        root: The root of its document.
        missing: Code and message where nothing is set, or the document that is then given.
        put_status: What a successful PUT is answered with.
        deletable: Whether it can be removed.
        kept: Makes of a document that was given the one that is kept.
    """

    name: str
    root: str
    missing: tuple[str, str] | bytes
    put_status: int = 200
    deletable: bool = True
    kept: Callable[[S3Call, bytes], bytes] = _as_given


_AES256 = xml.element("ApplyServerSideEncryptionByDefault", xml.text("SSEAlgorithm", "AES256"))
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
DEFAULT_ENCRYPTION = xml.document(
    "ServerSideEncryptionConfiguration", xml.element("Rule", _AES256, xml.text("BucketKeyEnabled", False))
)
#: What a new bucket has: https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
NEW_BUCKET: Mapping[str, bytes] = {
    "ownershipControls": xml.document(
        "OwnershipControls", xml.element("Rule", xml.text("ObjectOwnership", "BucketOwnerEnforced"))
    ),
    "publicAccessBlock": xml.document(
        "PublicAccessBlockConfiguration",
        *(
            xml.text(name, True)
            for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        ),
    ),
}
#: What a bucket has besides where it locks objects.
OBJECT_LOCK: Mapping[str, bytes] = {
    "object-lock": xml.document("ObjectLockConfiguration", xml.text("ObjectLockEnabled", "Enabled"))
}

SETTINGS = (
    Setting("accelerate", "AccelerateConfiguration", xml.document("AccelerateConfiguration"), deletable=False),
    Setting("cors", "CORSConfiguration", ("NoSuchCORSConfiguration", "The CORS configuration does not exist")),
    Setting("encryption", "ServerSideEncryptionConfiguration", DEFAULT_ENCRYPTION, kept=_bucket_key),
    Setting(
        "lifecycle",
        "LifecycleConfiguration",
        ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
        kept=_ids,
    ),
    Setting("logging", "BucketLoggingStatus", xml.document("BucketLoggingStatus"), deletable=False),
    Setting(
        "notification",
        "NotificationConfiguration",
        xml.document("NotificationConfiguration"),
        deletable=False,
        kept=_ids,
    ),
    Setting(
        "object-lock",
        "ObjectLockConfiguration",
        ("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"),
        deletable=False,
        kept=_versioned,
    ),
    Setting(
        "ownershipControls",
        "OwnershipControls",
        ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
    ),
    Setting(
        "publicAccessBlock",
        "PublicAccessBlockConfiguration",
        ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    ),
    Setting(
        "replication",
        "ReplicationConfiguration",
        ("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
    ),
    Setting(
        "requestPayment",
        "RequestPaymentConfiguration",
        xml.document("RequestPaymentConfiguration", xml.text("Payer", "BucketOwner")),
        deletable=False,
    ),
    Setting("tagging", "Tagging", ("NoSuchTagSet", "The TagSet does not exist"), put_status=204, kept=_tags),
    Setting(
        "website",
        "WebsiteConfiguration",
        ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
    ),
)
#: Those of which a bucket has several, each with an id.
NUMBERED = (
    ("analytics", "AnalyticsConfiguration", "ListBucketAnalyticsConfigurationResult"),
    ("intelligent-tiering", "IntelligentTieringConfiguration", "ListBucketIntelligentTieringConfigurationsOutput"),
    ("inventory", "InventoryConfiguration", "ListInventoryConfigurationsResult"),
    ("metrics", "MetricsConfiguration", "ListMetricsConfigurationsResult"),
)
#: Which header of a lifecycle configuration comes back: since 2024 it is a part of it.
#: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
_LEAST_TRANSITION = "x-amz-transition-default-minimum-object-size"
_LEAST_TRANSITION_DEFAULT = "all_storage_classes_128K"


def with_default_encryption(call: S3Call, headers: Mapping[str, str]) -> dict[str, str]:
    """An object's headers with those of its bucket's default encryption, where it says nothing of its own."""
    if "x-amz-server-side-encryption" in headers:
        return dict(headers)
    return {**headers, **_encryption_headers(call.store.setting(call.bucket, "encryption") or DEFAULT_ENCRYPTION)}


@functools.lru_cache(64)
def _encryption_headers(setting: bytes) -> Mapping[str, str]:
    """What a bucket's default encryption says of each object; remembered, as every write asks for it."""
    name = "x-amz-server-side-encryption"
    rule = xml.read(setting, "ServerSideEncryptionConfiguration").child("Rule")
    default = rule.child("ApplyServerSideEncryptionByDefault") if rule else None
    found = {name: default.get("SSEAlgorithm", "AES256") if default else "AES256"}
    if default and default.get("KMSMasterKeyID"):
        found[f"{name}-aws-kms-key-id"] = default.get("KMSMasterKeyID")
    if rule and rule.get("BucketKeyEnabled") == "true":
        found[f"{name}-bucket-key-enabled"] = "true"
    return found


def handlers(setting: Setting) -> dict[str, Handler]:
    """What answers for a sub-resource, by method."""

    async def get(call: S3Call) -> web.StreamResponse:
        found = call.store.setting(call.bucket, setting.name)
        if found is None:
            found = _missing(call, setting)
        headers = _lifecycle_headers(call) if setting.name == "lifecycle" else {}
        return call.reply_xml(found, headers)

    async def put(call: S3Call) -> web.StreamResponse:
        call.store.bucket(call.bucket)
        body = await read_document(call)
        xml.read(body, setting.root)
        call.store.put_setting(call.bucket, setting.name, setting.kept(call, body))
        headers = _keep_lifecycle_header(call) if setting.name == "lifecycle" else {}
        return call.reply(setting.put_status, headers)

    async def delete(call: S3Call) -> web.StreamResponse:
        call.store.put_setting(call.bucket, setting.name, None)
        return call.reply(204)

    found: dict[str, Handler] = {"GET": get, "PUT": put, "DELETE": delete}
    return found if setting.deletable else {"GET": get, "PUT": put}


def _missing(call: S3Call, setting: Setting) -> bytes:
    """What is answered where nothing is set."""
    if isinstance(setting.missing, bytes):
        return setting.missing
    code, message = setting.missing
    raise AwsError(code, message, 404, BucketName=call.bucket)


def numbered_handlers(name: str, root: str, listed: str) -> dict[str, Handler]:
    """The same for a sub-resource of which there are several."""

    async def get(call: S3Call) -> web.StreamResponse:
        if "id" not in call.query:
            found = (xml.read(body, root).written() for body in call.store.settings(call.bucket, f"{name}:"))
            return call.reply_xml(xml.document(listed, xml.text("IsTruncated", False), *found))
        body = call.store.setting(call.bucket, f"{name}:{call.query['id']}")
        if body is None:
            raise AwsError("NoSuchConfiguration", "The specified configuration does not exist.", 404)
        return call.reply_xml(body)

    async def put(call: S3Call) -> web.StreamResponse:
        call.store.bucket(call.bucket)
        body = await read_document(call)
        if xml.read(body, root).get("Id") != _id(call):
            raise invalid_argument("The id in the request and in the configuration differ", "id", _id(call))
        call.store.put_setting(call.bucket, f"{name}:{_id(call)}", body)
        return call.reply()

    async def delete(call: S3Call) -> web.StreamResponse:
        if call.store.setting(call.bucket, f"{name}:{_id(call)}") is None:
            raise AwsError("NoSuchConfiguration", "The specified configuration does not exist.", 404)
        call.store.put_setting(call.bucket, f"{name}:{_id(call)}", None)
        return call.reply(204)

    return {"GET": get, "PUT": put, "DELETE": delete}


def _id(call: S3Call) -> str:
    if not call.query.get("id"):
        raise invalid_argument("The id is missing", "id", "")
    return call.query["id"]


def _lifecycle_headers(call: S3Call) -> dict[str, str]:
    found = call.store.setting(call.bucket, _LEAST_TRANSITION)
    return {_LEAST_TRANSITION: found.decode() if found else _LEAST_TRANSITION_DEFAULT}


def _keep_lifecycle_header(call: S3Call) -> dict[str, str]:
    value = call.headers.get(_LEAST_TRANSITION, _LEAST_TRANSITION_DEFAULT)
    if value not in (_LEAST_TRANSITION_DEFAULT, "varies_by_storage_class"):
        raise invalid_argument("Invalid transition default minimum object size", _LEAST_TRANSITION, value)
    call.store.put_setting(call.bucket, _LEAST_TRANSITION, value.encode())
    return {_LEAST_TRANSITION: value}


async def put_policy(call: S3Call) -> web.StreamResponse:
    """PutBucketPolicy. Who may do what by it is not decided here."""
    call.store.bucket(call.bucket)
    body = await read_document(call)
    try:
        policy = json.loads(body)
    except ValueError:
        raise AwsError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'", 400) from None
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise AwsError("MalformedPolicy", "Missing required field Statement", 400)
    call.store.put_setting(call.bucket, "policy", body)
    return call.reply(204)


async def get_policy(call: S3Call) -> web.StreamResponse:
    """GetBucketPolicy."""
    return call.reply_xml(_policy(call), {"Content-Type": "application/json"})


async def delete_policy(call: S3Call) -> web.StreamResponse:
    """DeleteBucketPolicy."""
    call.store.put_setting(call.bucket, "policy", None)
    return call.reply(204)


async def get_policy_status(call: S3Call) -> web.StreamResponse:
    """GetBucketPolicyStatus: public is what anybody is allowed without a condition.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    statements = json.loads(_policy(call))["Statement"]
    public = any(_is_public(one) for one in (statements if isinstance(statements, list) else [statements]))
    return call.reply_xml(xml.document("PolicyStatus", xml.text("IsPublic", public)))


def _is_public(statement: Mapping[str, object]) -> bool:
    principal = statement.get("Principal")
    anybody = principal == "*" or (isinstance(principal, dict) and principal.get("AWS") in ("*", ["*"]))
    return anybody and statement.get("Effect") == "Allow" and not statement.get("Condition")


def _policy(call: S3Call) -> bytes:
    found = call.store.setting(call.bucket, "policy")
    if found is None:
        raise AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", 404, BucketName=call.bucket)
    return found
