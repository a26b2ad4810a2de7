"""Access control lists: the canned ones, those written out, and whether a bucket has any use for them. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from terrarium.local.api.s3 import xml
from terrarium.local.api.s3.errors import invalid_argument
from terrarium.local.aws_error import AwsError

_GROUPS = "http://acs.amazonaws.com/groups/"
_ALL, _AUTHENTICATED = f"{_GROUPS}global/AllUsers", f"{_GROUPS}global/AuthenticatedUsers"
_LOG_DELIVERY = f"{_GROUPS}s3/LogDelivery"
_CANNED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "private": (),
    "public-read": ((_ALL, "READ"),),
    "public-read-write": ((_ALL, "READ"), (_ALL, "WRITE")),
    "authenticated-read": ((_AUTHENTICATED, "READ"),),
    "log-delivery-write": ((_LOG_DELIVERY, "WRITE"), (_LOG_DELIVERY, "READ_ACP")),
    "aws-exec-read": (),
    "bucket-owner-read": (),
    "bucket-owner-full-control": (),
}
_GRANTS = {
    "x-amz-grant-full-control": "FULL_CONTROL",
    "x-amz-grant-read": "READ",
    "x-amz-grant-write": "WRITE",
    "x-amz-grant-read-acp": "READ_ACP",
    "x-amz-grant-write-acp": "WRITE_ACP",
}
_GRANTEE = re.compile(r'\s*(id|uri|emailAddress)="?([^",]+)"?\s*')
_PERMISSIONS = frozenset(_GRANTS.values())


def of_headers(headers: Mapping[str, str], owner: str) -> str:
    """The list that a request's headers describe, as XML; empty where they describe none.

    Raises:
        AwsError: InvalidArgument.
    """
    canned = headers.get("x-amz-acl")
    if canned is not None:
        if canned not in _CANNED:
            raise invalid_argument("", "x-amz-acl", canned)
        return _list(owner, (_grant(_group(uri), permission) for uri, permission in _CANNED[canned]))
    if not any(name in headers for name in _GRANTS):
        return ""
    found: list[str] = []
    for name, permission in _GRANTS.items():
        grantees = headers[name].split(",") if name in headers else []
        found += [_grant(_grantee(name, grantee), permission) for grantee in grantees]
    return _written(owner, found)


def of_body(body: bytes) -> str:
    """The list that a document describes, in our own writing.

    Raises:
        AwsError: MalformedACLError.
    """
    root = xml.read(body, "AccessControlPolicy")
    owner, grants = root.child("Owner"), root.child("AccessControlList")
    if owner is None or grants is None or not owner.get("ID"):
        raise _malformed()
    found = []
    for grant in grants.children("Grant"):
        grantee, permission = grant.child("Grantee"), grant.get("Permission")
        if grantee is None or permission not in _PERMISSIONS:
            raise _malformed()
        found.append(_grant(_copied(grantee), permission))
    return _written(owner.get("ID"), found)


def private(owner: str) -> str:
    """The owner's alone."""
    return _list(owner, ())


def document(written: str) -> bytes:
    """A whole answer."""
    return xml.document("AccessControlPolicy", written)


def refused(headers: Mapping[str, str], ownership: bytes | None) -> bool:
    """Whether a bucket's ownership controls refuse the lists of a request.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    asked = headers.get("x-amz-acl") not in (None, "bucket-owner-full-control") or any(
        name in headers for name in _GRANTS
    )
    return asked and is_enforced(ownership)


def is_enforced(ownership: bytes | None) -> bool:
    """Whether the bucket's owner owns everything in it, and lists mean nothing."""
    return ownership is not None and b"BucketOwnerEnforced" in ownership


def not_supported() -> AwsError:
    return AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)


def _list(owner: str, grants: Iterable[str]) -> str:
    return _written(owner, [_grant(_user(owner), "FULL_CONTROL"), *grants])


def _written(owner: str, grants: list[str]) -> str:
    return xml.element("Owner", xml.text("ID", owner)) + xml.element("AccessControlList", *grants)


def _grant(grantee: str, permission: str) -> str:
    return xml.element("Grant", grantee, xml.text("Permission", permission))


def _typed(type: str, content: str) -> str:
    return f'<Grantee xmlns:xsi="{xml.XSI}" xsi:type="{type}">{content}</Grantee>'


def _user(id: str) -> str:
    return _typed("CanonicalUser", xml.text("ID", id))


def _group(uri: str) -> str:
    return _typed("Group", xml.text("URI", uri))


def _grantee(header: str, text: str) -> str:
    match = _GRANTEE.fullmatch(text)
    if match is None:
        raise invalid_argument("Argument format not recognized", header, text)
    if match[1] == "emailAddress":
        return _typed("AmazonCustomerByEmail", xml.text("EmailAddress", match[2]))
    return _user(match[2]) if match[1] == "id" else _group(match[2])


def _copied(grantee: xml.Element) -> str:
    if grantee.get("URI"):
        return _group(grantee.get("URI"))
    if grantee.get("ID"):
        return _user(grantee.get("ID"))
    if grantee.get("EmailAddress"):
        return _typed("AmazonCustomerByEmail", xml.text("EmailAddress", grantee.get("EmailAddress")))
    raise _malformed()


def _malformed() -> AwsError:
    return AwsError("MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema", 400)  # fmt: skip  # noqa: E501
