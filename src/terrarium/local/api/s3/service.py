"""The service: from a request to its operation, and from a refusal to its answer."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from aiohttp import hdrs, web

from terrarium.local.api.call import AwsCall, Service
from terrarium.local.api.s3 import cors
from terrarium.local.api.s3.address import address
from terrarium.local.api.s3.call import S3Call
from terrarium.local.api.s3.routes import handler
from terrarium.local.api.s3.store import Store
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock


class S3:
    """Amazon S3.

    Args:
        store: The engine.
        clock: Time.
        account: Whose everything is.
        own_host: The host name under which the system's own sites are.
        control: What answers S3 Control, which signs in S3's name.
    """

    def __init__(self, store: Store, clock: Clock, *, account: str, own_host: str, control: Service) -> None:
        self._store = store
        self._clock = clock
        # A canonical user id looks like this: https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html
        self._owner = hashlib.sha256(account.encode()).hexdigest()
        self._own_host = own_host
        self._control = control

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        """Answers one call."""
        if "x-amz-account-id" in call.request.headers and call.path.startswith("/v20180820/"):
            return await self._control.answer(call)
        mine = S3Call(
            store=self._store,
            clock=self._clock,
            request=call.request,
            method=call.request.method,
            bucket="",
            key="",
            query=call.request.query,
            region=call.region,
            owner=self._owner,
            request_id=call.request_id,
        )
        try:
            mine.bucket, mine.key = address(call.request.host, _path(call.request), self._own_host)
            response = await _answer(mine)
        except AwsError as error:
            response = mine.refuse(error)
        _leave_unread(mine, response)
        return response


async def _answer(call: S3Call) -> web.StreamResponse:
    """Lets pages of other origins in where the bucket does, then does what is asked."""
    bucket = call.store.find_bucket(call.bucket)
    setting = call.store.setting(call.bucket, "cors") if bucket else None
    if call.method == hdrs.METH_OPTIONS:
        return call.reply(200, cors.preflight_headers(setting, call.headers))
    call.for_browsers = cors.answer_headers(setting, call.method, call.headers)
    _refuse_expired(call)
    return await handler(call)(call)


def _path(request: web.BaseRequest) -> str:
    """The path as it was sent: a key may hold what is not normal in a path."""
    return request.raw_path.partition("?")[0] if request.raw_path.startswith("/") else request.rel_url.raw_path


def _leave_unread(call: S3Call, response: web.StreamResponse) -> None:
    """Who waits to be told to send a body, and is refused, sends none: what comes next would be taken for it."""
    if hdrs.EXPECT in call.headers and not call.continued and not response.prepared:
        response.force_close()


def _refuse_expired(call: S3Call) -> None:
    """A presigned URL holds for as long as it says.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

    Raises:
        AwsError: AccessDenied, or AuthorizationQueryParametersError.
    """
    ends = _end(call)
    if ends is not None and call.clock.now() > ends:
        when = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        now = datetime.fromtimestamp(call.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        raise AwsError("AccessDenied", "Request has expired", 403, Expires=when, ServerTime=now)


def _end(call: S3Call) -> float | None:
    query = call.query
    try:
        if "X-Amz-Expires" in query:
            begin = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return begin.timestamp() + _seconds(query["X-Amz-Expires"])
        return float(query["Expires"]) if "Signature" in query else None
    except (KeyError, ValueError):
        message = "X-Amz-Date and X-Amz-Expires must be a time in the ISO8601 Long Format and a number of seconds"
        raise AwsError("AuthorizationQueryParametersError", message, 400) from None


def _seconds(text: str) -> int:
    """A week at most."""
    seconds = int(text)
    if not 0 <= seconds <= 604_800:  # named by the sentence below
        message = "X-Amz-Expires must be less than a week (in seconds) that is 604800"
        raise AwsError("AuthorizationQueryParametersError", message, 400)
    return seconds
