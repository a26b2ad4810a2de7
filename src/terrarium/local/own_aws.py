"""Calls of the laptop's own AWS endpoint in the name of a role: what a service does for a function, it may do itself.

It knows signatures and HTTP, and nothing of what is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import aiohttp
from yarl import URL

from terrarium.local.aws_error import AwsError

PATIENCE = 60.0  # seconds; what answers may have to start first


class Request(Protocol):
    """One request."""

    @property
    def service(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class OwnAws:
    """A client of this system's own endpoint.

    Args:
        endpoint: Where it is.
        region: Requests that name no region are for this one.
        credentials: The variables with the credentials of a role's session.
    """

    def __init__(
        self, endpoint: Callable[[], str], region: str, credentials: Callable[[str, str], Mapping[str, str]]
    ) -> None:
        self._endpoint = endpoint
        self._region = region
        self._credentials = credentials
        self._http: aiohttp.ClientSession | None = None

    async def send(self, request: Request, role: str, session: str) -> tuple[int, Mapping[str, str], bytes]:
        """Asks.

        Args:
            request: What is asked.
            role: The ARN of the role in whose name.
            session: The name of the role's session.

        Returns:
            The answer's status, headers and body.

        Raises:
            AwsError: ``ServiceUnavailable``: nothing answers.
        """
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            self._http = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        url = f"{self._endpoint()}{request.path}"
        headers = self._signed(request, url, self._credentials(role, session))
        try:
            async with self._http.request(
                request.method, URL(url, encoded=True), data=request.body, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status, answer.headers, await answer.read()
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as fault:
            raise AwsError("ServiceUnavailable", f"{request.service} does not answer: {fault}", 503) from fault

    async def stop(self) -> None:
        """Lets go of its connections."""
        if self._http is not None:
            await self._http.close()

    def _signed(self, request: Request, url: str, variables: Mapping[str, str]) -> dict[str, str]:
        from botocore.auth import S3SigV4Auth, SigV4Auth  # few systems ask for anything, and it takes its time
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        keys = Credentials(
            variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], variables["AWS_SESSION_TOKEN"]
        )
        sign = S3SigV4Auth if request.service == "s3" else SigV4Auth
        unsigned = AWSRequest(method=request.method, url=url, data=request.body, headers=dict(request.headers))
        sign(keys, request.service, request.region or self._region).add_auth(unsigned)
        return dict(unsigned.headers.items())
