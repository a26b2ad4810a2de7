"""What an architecture sets on its buckets, as the documents that S3's API takes and gives back.

The engine keeps all of it. Default encryption, ownership and cross-origin rules then show in every call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from terrarium.local.api.s3 import xml
from terrarium.local.kinds.kind import Parts, Passive
from terrarium.local.registry import Entry

#: Blocks of a resource, with attributes of any type.
Block = Mapping[str, Any]


def _cors(entry: Entry) -> bytes:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html"""
    return xml.document("CORSConfiguration", *(_cors_rule(rule) for rule in entry.get("cors_rule", [])))


def _cors_rule(rule: Block) -> str:
    names = {
        "AllowedHeader": "allowed_headers",
        "AllowedMethod": "allowed_methods",
        "AllowedOrigin": "allowed_origins",
        "ExposeHeader": "expose_headers",
    }
    lists = (xml.text(name, value) for name, attribute in names.items() for value in rule.get(attribute) or ())
    age = xml.optional("MaxAgeSeconds", rule.get("max_age_seconds"))
    return xml.element("CORSRule", xml.optional("ID", rule.get("id")), *lists, age)


def _encryption(entry: Entry) -> bytes:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html"""
    rules = (_encryption_rule(rule) for rule in entry.get("rule", []))
    return xml.document("ServerSideEncryptionConfiguration", *rules)


def _encryption_rule(rule: Block) -> str:
    (default,) = rule.get("apply_server_side_encryption_by_default") or [{"sse_algorithm": "AES256"}]
    algorithm = xml.text("SSEAlgorithm", default["sse_algorithm"])
    key = xml.optional("KMSMasterKeyID", default.get("kms_master_key_id"))
    uses_key = xml.text("BucketKeyEnabled", bool(rule.get("bucket_key_enabled")))
    return xml.element("Rule", xml.element("ApplyServerSideEncryptionByDefault", algorithm, key), uses_key)


def _ownership(entry: Entry) -> bytes:
    rule = xml.element("Rule", xml.text("ObjectOwnership", entry.block("rule")["object_ownership"]))
    return xml.document("OwnershipControls", rule)


def _policy(entry: Entry) -> bytes:
    return str(entry["policy"]).encode()


def _public_access(entry: Entry) -> bytes:
    names = {
        "BlockPublicAcls": "block_public_acls",
        "IgnorePublicAcls": "ignore_public_acls",
        "BlockPublicPolicy": "block_public_policy",
        "RestrictPublicBuckets": "restrict_public_buckets",
    }
    found = (xml.text(name, bool(entry.get(attribute, False))) for name, attribute in names.items())
    return xml.document("PublicAccessBlockConfiguration", *found)


#: The sub-resource that a type sets, and what it makes of it.
SETTINGS: Mapping[str, tuple[str, Callable[[Entry], bytes]]] = {
    "aws_s3_bucket_cors_configuration": ("cors", _cors),
    "aws_s3_bucket_ownership_controls": ("ownershipControls", _ownership),
    "aws_s3_bucket_policy": ("policy", _policy),
    "aws_s3_bucket_public_access_block": ("publicAccessBlock", _public_access),
    "aws_s3_bucket_server_side_encryption_configuration": ("encryption", _encryption),
}
#: What people see of it.
_SEEN = {
    "cors": "pages of these origins may use the bucket",
    "encryption": "told with each object; content is not encrypted here",
    "ownershipControls": "decides whether access control lists are taken",
    "policy": "kept and told; nobody is refused by it yet",
    "publicAccessBlock": "kept and told; nobody is refused by it yet",
}


class BucketSettingKind(Passive):
    """Settings of buckets."""

    types: ClassVar[tuple[str, ...]] = tuple(SETTINGS)

    def __init__(self, parts: Parts) -> None:
        self._objects = parts.objects

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        name, written = SETTINGS[entry.type]
        self._objects.put_setting(entry["bucket"], name, written(entry))
        return {}

    def reached_at(self, entry: Entry) -> str:
        return _SEEN[SETTINGS[entry.type][0]]
