"""S3's sub-resources that moto does not know.

moto takes such a call for one on the bucket or object itself: deleting a bucket's tiering configuration would delete
the bucket. They are refused before they reach it. Pure.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from collections.abc import Iterable

#: Whatever the method.
_UNKNOWN = frozenset(
    {
        "abac",
        "analytics",
        "annotation",
        "intelligent-tiering",
        "metadataAnnotationTable",
        "metadataConfiguration",
        "metadataInventoryTable",
        "metadataJournalTable",
        "metadataTable",
        "metrics",
        "renameObject",
        "requestPayment",
        "session",
        "torrent",
    }
)
_UNKNOWN_WITH_METHOD = frozenset({("DELETE", "inventory"), ("GET", "retention")})


def gap(method: str, query: Iterable[str]) -> str:
    """The sub-resource that moto would mistake, or an empty string.

    Args:
        method: The call's HTTP method.
        query: Names of its query parameters.
    """
    return next((name for name in query if name in _UNKNOWN or (method, name) in _UNKNOWN_WITH_METHOD), "")
