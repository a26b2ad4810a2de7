"""Functions: made, changed, described, removed.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html and its neighbours.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from terrarium.errors import UserError
from terrarium.local.api.lambda_control.asked import not_found, same_revision
from terrarium.local.api.lambda_control.code import Code, CodeStore, decoded
from terrarium.local.api.lambda_control.dependents import TYPES as DEPENDENTS
from terrarium.local.api.lambda_control.dependents import belonging
from terrarium.local.api.lambda_control.deployed import DeployedCode
from terrarium.local.api.lambda_control.names import attributes, described
from terrarium.local.api.lambda_control.versions import ALIAS, Versions
from terrarium.local.api.lambda_control.versions import TYPE as VERSION
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.function_names import LATEST, FunctionName
from terrarium.local.registry import Entry
from terrarium.model.expressions import Bundle

TYPE = "aws_lambda_function"

#: Fetches an object: bucket, key, version or nothing.
Fetch = Callable[[str, str, str | None], Awaitable[bytes]]

_SETTINGS = (
    "Role", "Handler", "Runtime", "Description", "Timeout", "MemorySize", "Environment", "Layers", "TracingConfig",
    "LoggingConfig", "DeadLetterConfig", "KMSKeyArn", "EphemeralStorage", "SnapStart",
)  # fmt: skip
_CREATED = (*_SETTINGS, "FunctionName", "Architectures", "Tags", "CodeSigningConfigArn")
_DESCRIBED = (
    "Role", "Handler", "Runtime", "Description", "Timeout", "MemorySize", "TracingConfig", "DeadLetterConfig",
    "KMSKeyArn", "EphemeralStorage", "Architectures", "CodeSha256", "LastModified",
)  # fmt: skip
#: What has no effect here, and would be taken for granted if it were accepted.
_UNSUPPORTED = ("VpcConfig", "FileSystemConfigs", "ImageConfig")


# Bodies and answers have the members that each operation defines.
class FunctionResources:
    """The functions of a system.

    Args:
        resources: Where they are recorded and come alive.
        code: Where their code goes.
        fetch: Reads code that lies in a bucket.
        clock: Time.
        versions: Publishes them.
        deployed: The zips of their code.
    """

    def __init__(
        self,
        resources: Resources,
        code: CodeStore,
        fetch: Fetch,
        clock: Clock,
        versions: Versions,
        deployed: DeployedCode,
    ) -> None:
        self._deployed = deployed
        self._resources = resources
        self._code = code
        self._fetch = fetch
        self._clock = clock
        self._versions = versions
        self._changing = asyncio.Lock()

    def find(self, name: str) -> Entry | None:
        """A function's entry, if it has one."""
        return next(iter(self._resources.of(TYPE, function_name=name)), None)

    def details(self, name: str, version: str = LATEST) -> dict[str, Any]:
        """What the registry says of a function or of a version of it, as members of its FunctionConfiguration."""
        entry = self.find(name) if version == LATEST else self._versions.find(name, version)
        if entry is None:
            return {}
        layers = [self._layer(arn) for arn in entry.get("layers", [])]
        size = entry.get("source_code_size")
        return (
            described(entry.values, _DESCRIBED)
            | ({"Layers": layers} if layers else {})
            | ({} if size is None else {"CodeSize": size})
            | self._logging(entry)
            | {"RevisionId": revision_of(entry)}
        )

    def code(self, name: str, version: str) -> Bundle | None:
        """The code of a function or of a version of it, as far as the registry knows it."""
        entry = self.find(name) if version == LATEST else self._versions.find(name, version)
        found = entry.get("filename") if entry else None
        return found if isinstance(found, Bundle) else None

    def tags(self, name: str) -> dict[str, str]:
        """A function's tags."""
        entry = self.find(name)
        return entry.tags if entry else {}

    async def create(self, body: Mapping[str, Any]) -> str:
        """CreateFunction; returns the function's name.

        Raises:
            AwsError: ``InvalidParameterValueException``, ``ResourceConflictException`` (409).
        """
        self._check(body)
        name = str(body.get("FunctionName", "")).rsplit(":", 1)[-1]
        if not name or not body.get("Role"):
            raise _refused("A function needs FunctionName and Role")
        if self.find(name) is not None:
            raise AwsError("ResourceConflictException", f"Function already exist: {name}", 409, Type="User")
        check_signature(self._resources, body.get("CodeSigningConfigArn"))
        code = await self._uploaded(body.get("Code") or {})
        values = attributes(body, _CREATED) | {"function_name": name, "package_type": "Zip"}
        async with self._changing:
            await alive(self._resources.put(TYPE, name, values | self._coded(name, code)))
        return name

    async def publish(self, name: str, body: Mapping[str, Any]) -> str:
        """PublishVersion; returns the version's number.

        Raises:
            AwsError: ``PreconditionFailedException`` (412), ``InvalidParameterValueException`` where the code is other.
        """
        entry = self._existing(name)
        same_revision(body, revision_of(entry))
        async with self._changing:
            version = await alive(self._versions.publish(entry, body.get("Description"), body.get("CodeSha256")))
        return str(version["version"])

    async def update_code(self, name: str, body: Mapping[str, Any]) -> None:
        """UpdateFunctionCode."""
        entry = self._existing(name)
        same_revision(body, revision_of(entry))
        check_signature(self._resources, entry.get("code_signing_config_arn"))
        code = await self._uploaded(body)
        if not body.get("DryRun"):
            await self._changed(entry, self._coded(name, code) | attributes(body, ("Architectures",)))

    async def update_configuration(self, name: str, body: Mapping[str, Any]) -> None:
        """UpdateFunctionConfiguration: what is given takes the place of what was."""
        self._check(body)
        entry = self._existing(name)
        same_revision(body, revision_of(entry))
        await self._changed(entry, attributes(body, _SETTINGS) | {"last_modified": self._now()})

    async def reserve(self, name: str, count: int | None) -> None:
        """PutFunctionConcurrency and DeleteFunctionConcurrency."""
        await self._changed(self._existing(name), {"reserved_concurrent_executions": count})

    async def sign(self, name: str, arn: str | None) -> None:
        """PutFunctionCodeSigningConfig and DeleteFunctionCodeSigningConfig."""
        await self._changed(self._existing(name), {"code_signing_config_arn": arn})

    async def tag(self, entry: Entry, tags: Mapping[str, str], gone: list[str]) -> None:
        """TagResource and UntagResource, of everything that bears tags."""
        kept = {key: value for key, value in entry.tags.items() if key not in gone} | dict(tags)
        await self._changed(entry, {"tags": kept, "tags_all": kept})

    async def delete(self, name: str) -> None:
        """DeleteFunction, with its versions, its aliases and everything that was said of any of them."""
        entry = self._existing(name)
        async with self._changing:
            for dependent in belonging(self._resources, FunctionName(name), *DEPENDENTS, ALIAS, VERSION):
                await self._resources.remove(dependent)
            await self._resources.remove(entry)

    def _existing(self, name: str) -> Entry:
        entry = self.find(name)
        if entry is None:
            raise not_found(f"Function not found: {name}")
        return entry

    async def _changed(self, entry: Entry, values: Mapping[str, Any]) -> None:
        async with self._changing:
            await alive(self._resources.change(entry, {**values, "revision_id": str(uuid.uuid4())}))

    def _coded(self, name: str, code: Code) -> dict[str, Any]:
        return {
            "filename": Bundle((("", code.folder),), name),
            "code_sha256": code.sha256,
            "source_code_size": code.size,
            "last_modified": self._now(),
        }

    async def _uploaded(self, code: Mapping[str, Any]) -> Code:
        if code.get("ImageUri"):
            raise _refused("Terrarium runs no container images; upload a zip")
        if code.get("ZipFile"):
            zipped = decoded(code["ZipFile"])
        elif code.get("S3Bucket") and code.get("S3Key"):
            zipped = await self._fetch(code["S3Bucket"], code["S3Key"], code.get("S3ObjectVersion"))
        else:
            raise _refused("Please provide a source for function code.")
        return await asyncio.to_thread(self._code.unpack, zipped)

    def _check(self, body: Mapping[str, Any]) -> None:
        for member in _UNSUPPORTED:
            if any(
                (body.get(member) or {}).values() if isinstance(body.get(member), Mapping) else body.get(member, ())
            ):
                raise _refused(f"Terrarium does not support {member} of functions yet")
        for arn in body.get("Layers") or ():
            if not self._resources.of("aws_lambda_layer_version", arn=arn):
                raise _refused(f"Layer version {arn} does not exist.")

    def _layer(self, arn: str) -> dict[str, Any]:
        layers = self._resources.of("aws_lambda_layer_version", arn=arn)
        return {"Arn": arn, "CodeSize": self._deployed.package(layers[0]["filename"]).size if layers else 0}

    @staticmethod
    def _logging(entry: Entry) -> dict[str, Any]:
        given = described(entry.values, ("LoggingConfig",)).get("LoggingConfig", {})
        own = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{entry['function_name']}"}
        return {"LoggingConfig": own | given}

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def check_signature(resources: Resources, arn: str | None) -> None:
    """Refuses code where signatures are enforced: none can be told from another here.

    Raises:
        AwsError: ``CodeVerificationFailedException``; ``CodeSigningConfigNotFoundException`` (404).
    """
    if not arn:
        return
    found = resources.of("aws_lambda_code_signing_config", arn=arn)
    if not found:
        message = f"The code signing configuration {arn} cannot be found."
        raise AwsError("CodeSigningConfigNotFoundException", message, 404, Type="User")
    if found[0].block("policies").get("untrusted_artifact_on_deployment") == "Enforce":
        message = (
            "Lambda cannot deploy the function: Terrarium verifies no signatures, and only signed code is allowed."
        )
        raise AwsError("CodeVerificationFailedException", message, 400, Type="User")


def revision_of(entry: Entry) -> str:
    """The id of what something is now: another after each change."""
    return str(entry.get("revision_id") or uuid.uuid5(uuid.NAMESPACE_URL, f"{entry['arn']}"))


async def alive(coming: Awaitable[Entry]) -> Entry:
    """Words for an SDK why something cannot come alive here.

    Raises:
        AwsError: ``InvalidParameterValueException``.
    """
    try:
        return await coming
    except UserError as error:
        raise _refused(str(error)) from error


def _refused(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
