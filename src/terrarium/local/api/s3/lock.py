"""Object Lock: what a bucket retains by default, and the retention and legal hold of one version.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

from aiohttp import web
from msgspec.structs import replace

from terrarium.local.api.s3 import xml
from terrarium.local.api.s3.body import read_document
from terrarium.local.api.s3.call import S3Call
from terrarium.local.api.s3.dates import from_iso, iso
from terrarium.local.api.s3.errors import invalid_request
from terrarium.local.aws_error import AwsError
from terrarium.local.object_store import Lock, Version

SETTING = "object-lock"
_DAY = 86_400
_YEAR = 365 * _DAY
_MODES = ("GOVERNANCE", "COMPLIANCE")


def wants_bypass(call: S3Call) -> bool:
    """Whether a call passes over retention in governance mode."""
    return call.headers.get("x-amz-bypass-governance-retention", "").lower() == "true"


def default_lock(call: S3Call, lock: Lock) -> Lock:
    """The lock of a new version: its own, or what its bucket retains by default.

    Raises:
        AwsError: InvalidRequest for a lock in a bucket without them.
    """
    setting = call.store.setting(call.bucket, SETTING)
    if setting is None:
        if lock != Lock():
            raise _no_locks()
        return lock
    rule = xml.read(setting, "ObjectLockConfiguration").child("Rule")
    retention = rule.child("DefaultRetention") if rule else None
    if lock.mode or retention is None:
        return lock
    seconds = int(retention.get("Days", "0")) * _DAY + int(retention.get("Years", "0")) * _YEAR
    return replace(lock, mode=retention.get("Mode"), until=call.clock.now() + seconds)


async def put_retention(call: S3Call) -> web.StreamResponse:
    """PutObjectRetention: it may be made longer, and shorter only in governance mode by those who say so."""
    version = _version(call)
    root = xml.read(await read_document(call), "Retention")
    mode, until = root.get("Mode"), from_iso(root.get("RetainUntilDate")) if root.get("RetainUntilDate") else 0
    if until is None or (mode and mode not in _MODES) or bool(mode) != bool(until):
        raise xml.malformed()
    old = version.details.lock
    loosened = until < old.until or (old.mode == "COMPLIANCE" and mode != old.mode)
    held = old.until > call.clock.now() and (old.mode == "COMPLIANCE" or not wants_bypass(call))
    if loosened and held:
        raise AwsError("AccessDenied", "Access Denied because object protected by object lock.", 403)
    _change(call, version, replace(old, mode=mode, until=until))
    return call.reply()


async def get_retention(call: S3Call) -> web.StreamResponse:
    """GetObjectRetention."""
    lock = _version(call).details.lock
    if not lock.mode:
        raise _none()
    until = xml.text("RetainUntilDate", iso(lock.until))
    return call.reply_xml(xml.document("Retention", xml.text("Mode", lock.mode), until))


async def put_legal_hold(call: S3Call) -> web.StreamResponse:
    """PutObjectLegalHold."""
    version = _version(call)
    status = xml.read(await read_document(call), "LegalHold").get("Status")
    if status not in ("ON", "OFF"):
        raise xml.malformed()
    _change(call, version, replace(version.details.lock, hold=status == "ON"))
    return call.reply()


async def get_legal_hold(call: S3Call) -> web.StreamResponse:
    """GetObjectLegalHold."""
    lock = _version(call).details.lock
    if lock.hold is None:
        raise _none()
    return call.reply_xml(xml.document("LegalHold", xml.text("Status", "ON" if lock.hold else "OFF")))


def _version(call: S3Call) -> Version:
    if call.store.setting(call.bucket, SETTING) is None:
        raise _no_locks()
    return call.store.get(call.bucket, call.key, call.version_id)


def _change(call: S3Call, version: Version, lock: Lock) -> None:
    call.store.change(version, replace(version.details, lock=lock))


def _no_locks() -> AwsError:
    return invalid_request("Bucket is missing Object Lock Configuration")


def _none() -> AwsError:
    message = "The specified object does not have a ObjectLock configuration"
    return AwsError("NoSuchObjectLockConfiguration", message, 404)
