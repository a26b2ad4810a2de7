"""One S3 call as its handlers see it, and the plain answers that all of them give."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from msgspec import Struct, field

from terrarium.local.api.s3 import errors, xml
from terrarium.local.api.s3.store import Store
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock

XML_TYPE = "application/xml"
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html#version-ids
_VERSION_ID = re.compile(r"null|[A-Za-z0-9._-]{32}")


class S3Call(Struct):
    """One call.

    Attributes:
        store: The engine.
        clock: Time.
        request: The request as it came.
        method: Its HTTP method.
        bucket: Its bucket; empty for the list of buckets.
        key: Its key; empty for the bucket itself.
        query: Its decoded query parameters.
        region: The region that it was signed for.
        owner: The canonical user id of who owns everything.
        request_id: The id that the answer carries.
        for_browsers: Headers that let a page of another origin see the answer.
        continued: Whether a client that waits for it has been told to send the body.
    """

    store: Store
    clock: Clock
    request: web.BaseRequest
    method: str
    bucket: str
    key: str
    query: Mapping[str, str]
    region: str
    owner: str
    request_id: str
    for_browsers: Mapping[str, str] = field(default_factory=dict)
    continued: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers, looked up in any case."""
        return self.request.headers

    @property
    def version_id(self) -> str | None:
        """The version that is asked for, if any; AwsError InvalidArgument for what is no version's id."""
        id = self.query.get("versionId")
        if id is not None and not _VERSION_ID.fullmatch(id):
            raise errors.invalid_argument("Invalid version id specified", "versionId", id)
        return id

    @property
    def resource(self) -> str:
        """What it is about, as errors name it."""
        return f"/{self.bucket}/{self.key}" if self.key else f"/{self.bucket}"

    def common(self) -> dict[str, str]:
        """The headers of every answer: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html."""
        ids = {"x-amz-request-id": self.request_id, "x-amz-id-2": self.request_id}
        return {**ids, "Server": "AmazonS3", **self.for_browsers}

    def reply(self, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
        """An answer without a body."""
        return web.Response(status=status, headers={**self.common(), **(headers or {})})

    def reply_xml(self, body: bytes, headers: Mapping[str, str] | None = None, status: int = 200) -> web.Response:
        """An answer in XML."""
        found = {**self.common(), "Content-Type": XML_TYPE, **(headers or {})}
        return web.Response(status=status, body=body, headers=found)

    def refuse(self, error: AwsError) -> web.Response:
        """An answer that says why not; to HEAD, whose answers have no body, with headers alone."""
        headers = dict(error.headers) if isinstance(error, errors.Refusal) else {}
        if self.method == "HEAD" or error.status == 304:
            return self.reply(error.status, headers)
        return self.reply_xml(errors.written(error, self.resource, self.request_id), headers, error.status)


Handler = Callable[[S3Call], Awaitable[web.StreamResponse]]

# For small documents; S3 bounds them too, though it names no number for most.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList (MaxMessageLengthExceeded)
DOCUMENT_LIMIT = 4 * 1024 * 1024


def owner_xml(call: S3Call, name: str = "Owner") -> str:
    """Whose something is."""
    return xml.element(name, xml.text("ID", call.owner))
