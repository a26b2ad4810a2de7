"""Making, finding and removing buckets; their versioning and their access control lists.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html and its neighbours
"""

from __future__ import annotations

from typing import cast

from aiohttp import web

from terrarium.local.api.s3 import acl, lock, tags, xml
from terrarium.local.api.s3.body import read_document
from terrarium.local.api.s3.call import S3Call, owner_xml
from terrarium.local.api.s3.errors import invalid_argument
from terrarium.local.api.s3.settings import NEW_BUCKET, OBJECT_LOCK
from terrarium.local.aws_error import AwsError
from terrarium.local.object_store import Bucket, Versioning

_FIRST_REGION = "us-east-1"
_OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")


async def list_buckets(call: S3Call) -> web.StreamResponse:
    """ListBuckets."""
    prefix, after = call.query.get("prefix", ""), call.query.get("continuation-token", "")
    region = call.query.get("bucket-region")
    most = int(call.query["max-buckets"]) if call.query.get("max-buckets", "").isdecimal() else 10_000
    all_of_them = [
        bucket
        for bucket in call.store.buckets()
        if bucket.name.startswith(prefix) and bucket.name > after and region in (None, bucket.region)
    ]
    found = all_of_them[:most]
    token = found[-1].name if found and len(all_of_them) > most else ""
    return call.reply_xml(
        xml.document(
            "ListAllMyBucketsResult",
            owner_xml(call),
            xml.element("Buckets", *(_listed(bucket) for bucket in found)),
            xml.optional("Prefix", prefix),
            xml.optional("ContinuationToken", token),
        )
    )


def _listed(bucket: Bucket) -> str:
    name, created = xml.text("Name", bucket.name), xml.text("CreationDate", xml.moment(bucket.created))
    return xml.element("Bucket", name, created, xml.text("BucketRegion", bucket.region))


async def create_bucket(call: S3Call) -> web.StreamResponse:
    """CreateBucket. Who makes a bucket of theirs again is told so, but in the first region.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList (BucketAlreadyOwnedByYou)
    """
    body = await read_document(call)
    root = xml.read(body, "CreateBucketConfiguration") if body.strip() else None
    region = _region(call, root.get("LocationConstraint") if root else "")
    settings, versioning = _new_settings(call, root)
    answer = call.reply(200, {"Location": f"/{call.bucket}", "x-amz-bucket-arn": f"arn:aws:s3:::{call.bucket}"})
    there = call.store.find_bucket(call.bucket)
    if there is not None and there.region == region == _FIRST_REGION:
        return answer
    call.store.create_bucket(call.bucket, region, settings, versioning)
    return answer


def _region(call: S3Call, asked: str) -> str:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html"""
    code = "IllegalLocationConstraintException"
    end = "location constraint is incompatible for the region specific endpoint this request was sent to."
    if call.region == _FIRST_REGION:
        if asked == _FIRST_REGION:
            raise AwsError("InvalidLocationConstraint", "The specified location-constraint is not valid", 400,
                           LocationConstraint=asked)  # fmt: skip
        return "eu-west-1" if asked == "EU" else asked or _FIRST_REGION
    if not asked:
        raise AwsError(code, f"The unspecified {end}", 400)
    if asked != call.region:
        raise AwsError(code, f"The {asked} {end}", 400)
    return asked


def _new_settings(call: S3Call, root: xml.Element | None) -> tuple[dict[str, bytes], Versioning]:
    headers, settings = call.headers, dict(NEW_BUCKET)
    ownership = headers.get("x-amz-object-ownership", "BucketOwnerEnforced")
    if ownership not in _OWNERSHIPS:
        raise invalid_argument("Invalid x-amz-object-ownership header", "x-amz-object-ownership", ownership)
    rule = xml.element("Rule", xml.text("ObjectOwnership", ownership))
    settings["ownershipControls"] = xml.document("OwnershipControls", rule)
    written = acl.of_headers(headers, call.owner)
    if written and acl.is_enforced(settings["ownershipControls"]) and headers.get("x-amz-acl") != "private":
        message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise AwsError("InvalidBucketAclWithObjectOwnership", message, 400)
    if written:
        settings["acl"] = written.encode()
    given = root.child("Tags") if root else None
    if given is not None:
        pairs = {tag.get("Key"): tag.get("Value") for tag in given.children("Tag")}
        settings["tagging"] = tags.written(tags.check_tags(pairs, tags.BUCKET_TAGS))
    if headers.get("x-amz-bucket-object-lock-enabled", "").lower() != "true":
        return settings, ""
    return {**settings, **OBJECT_LOCK}, "Enabled"


async def head_bucket(call: S3Call) -> web.StreamResponse:
    """HeadBucket."""
    bucket = call.store.bucket(call.bucket)
    headers = {"x-amz-bucket-region": bucket.region, "x-amz-access-point-alias": "false"}
    return call.reply(
        200, headers | {"x-amz-bucket-arn": f"arn:aws:s3:::{bucket.name}", "Content-Type": "application/xml"}
    )


async def delete_bucket(call: S3Call) -> web.StreamResponse:
    """DeleteBucket."""
    call.store.delete_bucket(call.bucket)
    return call.reply(204)


async def get_location(call: S3Call) -> web.StreamResponse:
    """GetBucketLocation: the first region has no name."""
    region = call.store.bucket(call.bucket).region
    return call.reply_xml(xml.document("LocationConstraint", "" if region == _FIRST_REGION else region))


async def get_versioning(call: S3Call) -> web.StreamResponse:
    """GetBucketVersioning: of a bucket that never had it, nothing is said."""
    status = call.store.bucket(call.bucket).versioning
    return call.reply_xml(xml.document("VersioningConfiguration", xml.optional("Status", status)))


async def put_versioning(call: S3Call) -> web.StreamResponse:
    """PutBucketVersioning."""
    call.store.bucket(call.bucket)
    root = xml.read(await read_document(call), "VersioningConfiguration")
    status = root.get("Status")
    if status not in ("Enabled", "Suspended"):
        code = "IllegalVersioningConfigurationException"
        raise AwsError(code, "The Versioning element must be specified", 400)
    if status == "Suspended" and call.store.setting(call.bucket, lock.SETTING) is not None:
        message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise AwsError("InvalidBucketState", message, 409)
    call.store.set_versioning(call.bucket, cast("Versioning", status))
    return call.reply()


async def get_acl(call: S3Call) -> web.StreamResponse:
    """GetBucketAcl."""
    found = call.store.setting(call.bucket, "acl")
    return call.reply_xml(acl.document(found.decode() if found else acl.private(call.owner)))


async def put_acl(call: S3Call) -> web.StreamResponse:
    """PutBucketAcl."""
    if acl.is_enforced(call.store.setting(call.bucket, "ownershipControls")):
        raise acl.not_supported()
    body = await read_document(call)
    written = acl.of_headers(call.headers, call.owner) or acl.of_body(body)
    call.store.put_setting(call.bucket, "acl", written.encode())
    return call.reply()
