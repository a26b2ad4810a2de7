"""Which operation a request asks for, as a table: method, bucket or object, sub-resource.

A sub-resource that is not in the table is refused, whatever the method: were it passed over, the deletion of a
bucket's configuration would be the deletion of the bucket.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from collections.abc import Mapping

from terrarium.local.api.s3 import buckets, copying, deletes, facets, listings, lock, objects, settings, uploads
from terrarium.local.api.s3.call import Handler, S3Call
from terrarium.local.api.s3.errors import method_not_allowed, not_implemented

_BUCKET: Mapping[str, Mapping[str, Handler]] = {
    "": {
        "GET": listings.list_objects,
        "PUT": buckets.create_bucket,
        "HEAD": buckets.head_bucket,
        "DELETE": buckets.delete_bucket,
    },
    "acl": {"GET": buckets.get_acl, "PUT": buckets.put_acl},
    "delete": {"POST": deletes.delete_objects},
    "list-type": {"GET": listings.list_objects_v2},
    "location": {"GET": buckets.get_location},
    "policy": {"GET": settings.get_policy, "PUT": settings.put_policy, "DELETE": settings.delete_policy},
    "policyStatus": {"GET": settings.get_policy_status},
    "uploads": {"GET": uploads.list_uploads},
    "versioning": {"GET": buckets.get_versioning, "PUT": buckets.put_versioning},
    "versions": {"GET": listings.list_versions},
    **{setting.name: settings.handlers(setting) for setting in settings.SETTINGS},
    **{name: settings.numbered_handlers(name, root, listed) for name, root, listed in settings.NUMBERED},
}
_OBJECT: Mapping[str, Mapping[str, Handler]] = {
    "": {
        "GET": objects.get_object,
        "PUT": objects.put_object,
        "HEAD": objects.head_object,
        "DELETE": objects.delete_object,
    },
    "acl": {"GET": facets.get_acl, "PUT": facets.put_acl},
    "attributes": {"GET": facets.get_attributes},
    "legal-hold": {"GET": lock.get_legal_hold, "PUT": lock.put_legal_hold},
    "retention": {"GET": lock.get_retention, "PUT": lock.put_retention},
    "tagging": {"GET": facets.get_tags, "PUT": facets.put_tags, "DELETE": facets.delete_tags},
    "uploadId": {
        "GET": uploads.list_parts,
        "PUT": uploads.put_part,
        "POST": uploads.complete_upload,
        "DELETE": uploads.abort_upload,
    },
    "uploads": {"POST": uploads.create_upload},
}
_COPIES: Mapping[str, Handler] = {"": copying.copy_object, "uploadId": copying.copy_part}
#: Parameters that say more of an operation and choose none.
_PARAMETERS = frozenset(
    "prefix delimiter marker max-keys encoding-type continuation-token start-after fetch-owner key-marker "
    "version-id-marker upload-id-marker max-uploads max-parts part-number-marker partNumber versionId id max-buckets "
    "bucket-region x-id AWSAccessKeyId Signature Expires response-cache-control response-content-disposition "
    "response-content-encoding response-content-language response-content-type response-expires".split()
)
_SIGNING = "x-amz-"


def handler(call: S3Call) -> Handler:
    """What answers a call.

    Raises:
        AwsError: MethodNotAllowed, or NotImplemented for what is not supported.
    """
    if not call.bucket:
        if call.method != "GET":
            raise method_not_allowed(call.method, "SERVICE")
        return buckets.list_buckets
    table = _OBJECT if call.key else _BUCKET
    subresource = _subresource(call, table)
    found = table[subresource].get(call.method)
    if found is None:
        raise method_not_allowed(call.method, "OBJECT" if call.key else "BUCKET")
    if call.key and call.method == "PUT" and copying.SOURCE in call.headers and subresource in _COPIES:
        return _COPIES[subresource]
    return found


def _subresource(call: S3Call, table: Mapping[str, Mapping[str, Handler]]) -> str:
    named = [name for name in call.query if name not in _PARAMETERS and not name.lower().startswith(_SIGNING)]
    for name in named:
        # S3 passes over parameters that it does not know; those of its own that we do not know never have a value.
        if name not in table and (call.query[name] == "" or call.method not in ("GET", "HEAD")):
            raise not_implemented(f"{call.method} ?{name} of {'an object' if call.key else 'a bucket'}")
    return next((name for name in named if name in table), "")
