"""Tags of buckets and objects: what they may be, and their XML. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

from collections.abc import Mapping

from terrarium.local.api.s3 import xml
from terrarium.local.aws_error import AwsError

OBJECT_TAGS = 10
BUCKET_TAGS = 50
_LONGEST_KEY = 128
_LONGEST_VALUE = 256


def read(body: bytes, most: int) -> dict[str, str]:
    """The tags of a Tagging document.

    Raises:
        AwsError: MalformedXML, InvalidTag or BadRequest.
    """
    tag_set = xml.read(body, "Tagging").child("TagSet")
    if tag_set is None:
        raise xml.malformed()
    pairs = [(tag.get("Key"), tag.get("Value")) for tag in tag_set.children("Tag")]
    if len(dict(pairs)) != len(pairs):
        raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key", 400)
    return check_tags(dict(pairs), most)


def check_tags(tags: dict[str, str], most: int) -> dict[str, str]:
    """The same tags, if they may be; AwsError BadRequest or InvalidTag."""
    if len(tags) > most:
        whose = "Object" if most == OBJECT_TAGS else "Bucket"
        raise AwsError("BadRequest", f"{whose} tags cannot be greater than {most}", 400)
    for key, value in tags.items():
        if not 0 < len(key) <= _LONGEST_KEY:
            raise AwsError("InvalidTag", "The TagKey you have provided is invalid", 400, TagKey=key)
        if len(value) > _LONGEST_VALUE:
            raise AwsError("InvalidTag", "The TagValue you have provided is invalid", 400, TagValue=value)
        if key.lower().startswith("aws:"):
            raise AwsError("InvalidTag", "System tags cannot be added/updated by requester", 400)
    return tags


def written(tags: Mapping[str, str]) -> bytes:
    """The Tagging document."""
    found = (xml.element("Tag", xml.text("Key", key), xml.text("Value", value)) for key, value in tags.items())
    return xml.document("Tagging", xml.element("TagSet", *found))
