"""Function URLs: each reached under a name and a path of its own, and by the name that AWS would give it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from aiohttp import web
from yarl import URL

from terrarium.errors import UserError
from terrarium.local.addresses import site_name
from terrarium.local.api.call import AwsCall
from terrarium.local.api.lambda_control.dependents import owner
from terrarium.local.api.lambda_control.permissions import TYPE as PERMISSION
from terrarium.local.api.lambda_control.permissions import allows_everybody
from terrarium.local.api.request import read_signature
from terrarium.local.aws_error import AwsError
from terrarium.local.edge.function_url import Caller, Cors, FunctionUrl, Invoked
from terrarium.local.edge.server import Site
from terrarium.local.kinds.arrivals import PREFIX
from terrarium.local.kinds.kind import NotAliveError, Parts
from terrarium.local.registry import Entry


class FunctionUrlKind:
    """Function URLs."""

    types: ClassVar[tuple[str, ...]] = ("aws_lambda_function_url",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._urls: dict[str, FunctionUrl] = {}  # by the name of their site

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        if entry.get("invoke_mode", "BUFFERED") != "BUFFERED":
            raise NotAliveError("answers are not streamed here yet: only invoke_mode = BUFFERED comes alive")
        if not self._parts.registry.alive("aws_lambda_function", function_name=owner(entry).name):
            raise NotAliveError("its function does nothing here")
        if entry["authorization_type"] not in ("NONE", "AWS_IAM"):
            hint = "it is NONE or AWS_IAM"
            raise UserError(f"{entry.address}.authorization_type cannot be that", where=entry.origin, hint=hint)
        # The address must be one that every client on this machine can use, and functions too.
        return {"function_url": f"{self._parts.addresses.by_path(_site(entry))}/"}

    async def start(self) -> None:
        for entry in self._parts.registry.alive(*self.types):
            await self.arrived(entry)

    async def stop(self) -> None:
        """Nothing to end: the port goes by itself."""

    async def arrived(self, entry: Entry) -> None:
        """Answers with its settings from now on."""
        name, addresses = _site(entry), self._parts.addresses
        self._urls[name] = url = self._made(entry)
        self._parts.edge.add(Site(addresses.host(name), addresses.path(name), url.handle, also=url.domain))

    async def left(self, entry: Entry) -> None:
        """Nobody answers there any more."""
        if self._urls.pop(_site(entry), None) is not None:
            self._parts.edge.remove(self._parts.addresses.host(_site(entry)))

    def reached_at(self, entry: Entry) -> str:
        if entry.state != "alive":
            return ""
        if entry["authorization_type"] == "NONE" and not self._is_public(entry):
            return "refuses everybody, until * may lambda:InvokeFunctionUrl and lambda:InvokeFunction"
        return f"{self._parts.addresses.by_name(_site(entry))}/"

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        """Answers a request that is signed for Lambda and is no call of its API.

        Raises:
            AwsError: There is no such URL.
        """
        for name, url in self._urls.items():
            below = self._below(call, name, url)
            if below is not None:
                request = call.request.clone(rel_url=URL(below, encoded=True))
                body = call.held_body if call.body_was_read else None
                return await url.handle(request, self._caller(call), body)
        raise AwsError("AccessDeniedException", f"No function URL is reached at {call.request.host}{call.path}", 403)

    def _below(self, call: AwsCall, name: str, url: FunctionUrl) -> str | None:
        """Path and query below a URL, if that is what a call is for."""
        sent = call.request.rel_url.raw_path_qs
        prefix = self._parts.addresses.path(name)
        if call.request.host.rsplit(":", 1)[0].lower() in (self._parts.addresses.host(name), url.domain):
            return sent
        return sent.removeprefix(prefix) if sent.startswith(f"{prefix}/") else None

    @staticmethod
    def _caller(call: AwsCall) -> Caller:
        signature = read_signature(call.request.headers, call.request.query)
        principal = call.principal
        key = signature.access_key if signature else ""
        return Caller(key, principal.account, principal.user_id, principal.arn)

    def _made(self, entry: Entry) -> FunctionUrl:
        target = owner(entry).target

        async def invoke(payload: bytes, trace: str) -> Invoked:
            result = await self._parts.functions.invoke(target, payload, trace=trace)
            return Invoked(result.payload, result.error is not None)

        return FunctionUrl(
            url_id=entry["url_id"],
            domain=f"{entry['url_id']}.lambda-url.{self._parts.region}.on.aws",
            account=self._parts.account,
            auth=entry["authorization_type"],
            cors=_cors(entry),
            invoke=invoke,
            is_public=lambda: self._is_public(entry),
            clock=self._parts.clock,
        )

    def _is_public(self, entry: Entry) -> bool:
        """Whether everybody may call a URL without a signature, which takes both permissions since October 2025.

        https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html. The first of them Terraform's provider adds by
        itself where a URL asks for no signature.
        """
        given = [one for one in self._parts.registry.of(PERMISSION) if owner(one) == owner(entry)]
        by_provider = not entry.address.startswith(f"{PREFIX}.")
        reached = by_provider or any(allows_everybody(one, "lambda:InvokeFunctionUrl") for one in given)
        return reached and any(allows_everybody(one, "lambda:InvokeFunction") for one in given)


def _site(entry: Entry) -> str:
    """A name that the function's label keeps free for an API of that name."""
    return f"{site_name(entry.label)}-url"


def _cors(entry: Entry) -> Cors | None:
    block = entry.block("cors")
    if not block:
        return None
    return Cors(
        origins=tuple(block.get("allow_origins") or ()),
        methods=tuple(block.get("allow_methods") or ()),
        headers=tuple(block.get("allow_headers") or ()),
        exposed=tuple(block.get("expose_headers") or ()),
        credentials=bool(block.get("allow_credentials")),
        max_age=int(block.get("max_age") or 0),
    )
