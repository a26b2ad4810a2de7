"""What S3's wire and S3's engine say to one another: plain values, known to both, that know neither of the two.

Names are S3's: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Types_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Literal, Protocol, TypeVar

from msgspec import Struct, field

Item = TypeVar("Item")
Versioning = Literal["", "Enabled", "Suspended"]
#: The id of versions that were put while versioning was not enabled.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
NULL_VERSION = "null"


class Hash(Protocol):
    """Something that is fed with content as it arrives; `hashlib`'s are such."""

    def update(self, data: bytes, /) -> object:
        """Takes the next bytes."""
        ...


class Bucket(Struct, frozen=True):
    """A bucket.

    Attributes:
        name: Its name.
        region: Where it was made.
        created: Seconds since the epoch.
        versioning: Whether versions are kept; empty where that was never said.
    """

    name: str
    region: str
    created: float
    versioning: Versioning


class Segment(Struct, frozen=True):
    """One file of content, of one part of a multipart upload or of the whole object.

    Attributes:
        content: The file's name.
        size: Bytes.
        checksum: What was computed for the part, as base64; empty where nothing was.
    """

    content: str
    size: int
    checksum: str = ""


class Received(Struct, frozen=True):
    """Content that has arrived and belongs to nobody yet.

    Attributes:
        segment: Where it is.
        md5: Its MD5, in hexadecimal.
    """

    segment: Segment
    md5: str


class Checksum(Struct, frozen=True):
    """A checksum beside the ETag (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).

    Attributes:
        algorithm: ``CRC32``, ``CRC32C``, ``CRC64NVME``, ``SHA1`` or ``SHA256``.
        value: Base64, with ``-N`` behind it for one that was computed over those of N parts.
        type: ``FULL_OBJECT`` or ``COMPOSITE``.
    """

    algorithm: str
    value: str
    type: str = "FULL_OBJECT"


class Lock(Struct, frozen=True):
    """What keeps a version from being deleted (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html).

    Attributes:
        mode: ``GOVERNANCE``, ``COMPLIANCE`` or empty.
        until: Seconds since the epoch up to which the mode holds.
        hold: Whether there is a legal hold; None where that was never said.
    """

    mode: str = ""
    until: float = 0
    hold: bool | None = None


class Details(Struct, frozen=True):
    """What is stored beside content.

    Attributes:
        headers: Headers that come back with the object, names in lower case, ``x-amz-meta-…`` among them.
        tags: Object tags.
        checksum: A checksum, if one was given.
        lock: What keeps it from being deleted.
        acl: Its access control list as XML; empty for the owner's alone.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    checksum: Checksum | None = None
    lock: Lock = field(default_factory=Lock)
    acl: str = ""


class Version(Struct, frozen=True):
    """One version of an object, or a marker that it was deleted.

    Attributes:
        number: Greater for what was put later.
        bucket: Its bucket.
        key: Its key.
        id: Its version id.
        latest: Whether it is the current one.
        marker: Whether it is a delete marker.
        etag: Without quotes.
        size: Bytes.
        modified: Seconds since the epoch.
        segments: Its content, in order.
        details: What is stored beside it.
        parted: Whether it came as a multipart upload.
    """

    number: int
    bucket: str
    key: str
    id: str
    latest: bool
    marker: bool
    etag: str
    size: int
    modified: float
    segments: tuple[Segment, ...]
    details: Details
    parted: bool = False


class Condition(Struct, frozen=True):
    """What must hold of the current version for a write (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html).

    Attributes:
        absent: There must be none.
        etag: It must have this ETag; ``*`` stands for any.
    """

    absent: bool = False
    etag: str | None = None


ANY = Condition()


class Query(Struct, frozen=True):
    """What is listed, and from where on.

    Attributes:
        prefix: What keys begin with.
        delimiter: What ends the part of a key that is rolled up; empty for no rolling up.
        after: The entry, a key or a rolled-up prefix, after which the list goes on.
        after_id: The version or upload of the key `after` with which the last page ended; empty for all of them.
        limit: The number of entries.
    """

    prefix: str = ""
    delimiter: str = ""
    after: str = ""
    after_id: str = ""
    limit: int = 1000


class Upload(Struct, frozen=True):
    """A multipart upload that is under way.

    Attributes:
        id: Its id.
        bucket: Its bucket.
        key: The object that it will be.
        initiated: Seconds since the epoch.
        details: What will be stored beside the content; the checksum's value is empty so far.
    """

    id: str
    bucket: str
    key: str
    initiated: float
    details: Details


class Part(Struct, frozen=True):
    """One part of a multipart upload.

    Attributes:
        number: 1 to 10,000.
        etag: Without quotes.
        modified: Seconds since the epoch.
        segment: Its content.
    """

    number: int
    etag: str
    modified: float
    segment: Segment


class Page(Struct, Generic[Item], frozen=True):
    """A part of a list.

    Attributes:
        items: In the list's order.
        prefixes: Rolled-up prefixes.
        truncated: Whether there is more.
        last: The last entry, item or prefix: what to go on after.
        last_id: The version or upload id of the last entry, where it is one.
    """

    items: tuple[Item, ...]
    prefixes: tuple[str, ...]
    truncated: bool
    last: str
    last_id: str = ""
