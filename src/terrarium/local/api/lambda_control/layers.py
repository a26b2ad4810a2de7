"""Layers: each publication is a version of its own, which never changes.

https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from terrarium.local.api.lambda_control.code import CodeStore, decoded
from terrarium.local.api.lambda_control.deployed import DeployedCode
from terrarium.local.api.lambda_control.functions import Fetch, alive
from terrarium.local.api.lambda_control.names import attributes, described
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.registry import Entry
from terrarium.model.expressions import Bundle

TYPE = "aws_lambda_layer_version"

_MEMBERS = ("Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo")


# Bodies and answers have the members that each operation defines.
class LayerResources:
    """The layers of a system.

    Args:
        resources: Where they are recorded.
        code: Where their content goes.
        fetch: Reads content that lies in a bucket.
        clock: Time.
        prefix: What ARNs of layers begin with.
        deployed: The zips of layers.
    """

    def __init__(
        self,
        resources: Resources,
        code: CodeStore,
        fetch: Fetch,
        clock: Clock,
        prefix: str,
        deployed: DeployedCode,
    ) -> None:
        self._deployed = deployed
        self._resources = resources
        self._code = code
        self._fetch = fetch
        self._clock = clock
        self._prefix = prefix
        self._publishing = asyncio.Lock()
        self._last: dict[str, int] = {}

    async def publish(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """PublishLayerVersion."""
        content = body.get("Content") or {}
        if content.get("ZipFile"):
            zipped = decoded(content["ZipFile"])
        elif content.get("S3Bucket") and content.get("S3Key"):
            zipped = await self._fetch(content["S3Bucket"], content["S3Key"], content.get("S3ObjectVersion"))
        else:
            raise AwsError("InvalidParameterValueException", "Please provide a source for layer content.")
        code = await asyncio.to_thread(self._code.unpack, zipped)
        async with self._publishing:
            version = max([self._last.get(name, 0), *(int(one["version"]) for one in self._versions(name))]) + 1
            self._last[name] = version
            arn = f"{self._prefix}{name}"
            values = {
                "layer_name": name,
                "version": str(version),
                "layer_arn": arn,
                "arn": f"{arn}:{version}",
                "id": f"{arn}:{version}",
                "filename": Bundle((("", code.folder),), f"{name}-{version}"),
                "code_sha256": code.sha256,
                "source_code_size": code.size,
                "created_date": self._now(),
            }
            await alive(self._resources.put(TYPE, f"{name}-{version}", attributes(body, _MEMBERS) | values))
        return self.get(name, str(version))

    def get(self, name: str, version: str) -> dict[str, Any]:
        """GetLayerVersion.

        Raises:
            AwsError: ``ResourceNotFoundException`` (404).
        """
        found = [one for one in self._versions(name) if one["version"] == version]
        if not found:
            raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404, Type="User")
        told = self._described(found[0])
        link = self._deployed.link(found[0]["filename"], f"{found[0]['layer_name']}-{version}")
        return told | {"Content": {"Location": link, **told["Content"]}}

    def versions(self, name: str) -> dict[str, Any]:
        """ListLayerVersions, the newest first."""
        newest_first = sorted(self._versions(name), key=lambda entry: -int(entry["version"]))
        return {"LayerVersions": [_listed(self._described(entry)) for entry in newest_first]}

    def layers(self) -> dict[str, Any]:
        """ListLayers."""
        names = sorted({entry["layer_name"] for entry in self._resources.of(TYPE)})
        return {
            "Layers": [
                {
                    "LayerName": name,
                    "LayerArn": f"{self._prefix}{name}",
                    "LatestMatchingVersion": self.versions(name)["LayerVersions"][0],
                }
                for name in names
            ]
        }

    async def delete(self, name: str, version: str) -> None:
        """DeleteLayerVersion: what is not there stays so."""
        for entry in self._versions(name):
            if entry["version"] == version:
                await self._resources.remove(entry)

    def _versions(self, name: str) -> list[Entry]:
        own = name.removeprefix(self._prefix)
        return self._resources.of(TYPE, layer_name=own)

    def _described(self, entry: Entry) -> dict[str, Any]:
        package = self._deployed.package(entry["filename"])
        return {
            "Content": {"CodeSha256": package.sha256, "CodeSize": package.size},
            "LayerArn": entry["layer_arn"],
            "LayerVersionArn": entry["arn"],
            "Version": int(entry["version"]),
            "CreatedDate": entry.get("created_date") or self._now(),
            "Description": "",
        } | described(entry.values, _MEMBERS)

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _listed(described_version: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described_version.items() if name not in ("Content", "LayerArn")}
