"""Code signing configurations: which publishers' code a function takes. The laptop cannot tell who signed a zip.

So a configuration that only warns is kept and given back, and one that enforces signatures takes no code here, as it
would take none without a signature on AWS.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from terrarium.local.api.lambda_control.asked import Answer, Asked, Body, Operations, not_found, page
from terrarium.local.api.lambda_control.functions import FunctionResources, check_signature
from terrarium.local.api.lambda_control.names import attributes
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.registry import Entry

TYPE = "aws_lambda_code_signing_config"
FUNCTION = "aws_lambda_function"


# Bodies and answers have the members that each operation defines.
class CodeSigningResources:
    """The code signing configurations of a system.

    Args:
        resources: Where they are recorded.
        functions: Which of them use one.
        clock: Time.
        prefix: What ARNs of this account and region begin with.
        arn: A function's ARN by its name; it refuses where there is no such function.
    """

    def __init__(
        self,
        resources: Resources,
        functions: FunctionResources,
        clock: Clock,
        prefix: str,
        arn: Callable[[str], str],
    ) -> None:
        self._resources = resources
        self._functions = functions
        self._clock = clock
        self._prefix = prefix
        self._arn = arn
        self.operations: Operations = (
            ("POST", "code-signing-configs", self._create),
            ("GET", "code-signing-configs", self._list),
            ("GET", "code-signing-configs/([^/]+)", self._get),
            ("PUT", "code-signing-configs/([^/]+)", self._update),
            ("DELETE", "code-signing-configs/([^/]+)", self._delete),
            ("GET", "code-signing-configs/([^/]+)/functions", self._users),
            ("GET", "functions/([^/]+)/code-signing-config", self._of_function),
            ("PUT", "functions/([^/]+)/code-signing-config", self._use),
            ("DELETE", "functions/([^/]+)/code-signing-config", self._forget),
        )

    async def _create(self, asked: Asked) -> Answer:
        id = f"csc-{uuid.uuid4().hex[:17]}"
        arn = f"{self._prefix}code-signing-config:{id}"
        own = {"arn": arn, "id": arn, "config_id": id, "tags": asked.body.get("Tags", {})}
        entry = await self._resources.put(TYPE, id, own | self._values(asked.body))
        return 201, {"CodeSigningConfig": _described(entry)}

    async def _update(self, asked: Asked) -> Answer:
        entry = self._existing(asked.names[0])
        return 200, {"CodeSigningConfig": _described(await self._resources.change(entry, self._values(asked.body)))}

    async def _get(self, asked: Asked) -> Answer:
        return 200, {"CodeSigningConfig": _described(self._existing(asked.names[0]))}

    async def _list(self, asked: Asked) -> Answer:
        found = sorted((_described(entry) for entry in self._resources.of(TYPE)), key=_arn_of)
        return 200, page("CodeSigningConfigs", found, asked.query, marker=_arn_of)

    async def _delete(self, asked: Asked) -> Answer:
        entry = self._existing(asked.names[0])
        if self._resources.of(FUNCTION, code_signing_config_arn=entry["arn"]):
            message = "The code signing configuration is in use by functions"
            raise AwsError("ResourceConflictException", message, 409, Type="User")
        await self._resources.remove(entry)
        return 204, None

    async def _users(self, asked: Asked) -> Answer:
        entry = self._existing(asked.names[0])
        users = self._resources.of(FUNCTION, code_signing_config_arn=entry["arn"])
        return 200, {"FunctionArns": [function["arn"] for function in users]}

    async def _of_function(self, asked: Asked) -> Answer:
        self._arn(asked.function)
        entry = self._functions.find(asked.function)
        arn = entry.get("code_signing_config_arn") if entry else None
        return 200, {"FunctionName": asked.function} | ({"CodeSigningConfigArn": arn} if arn else {})

    async def _use(self, asked: Asked) -> Answer:
        self._arn(asked.function)
        arn = str(asked.body.get("CodeSigningConfigArn", ""))
        check_signature(self._resources, arn)
        await self._functions.sign(asked.function, arn)
        return 200, {"FunctionName": asked.function, "CodeSigningConfigArn": arn}

    async def _forget(self, asked: Asked) -> Answer:
        self._arn(asked.function)
        await self._functions.sign(asked.function, None)
        return 204, None

    def _values(self, body: Mapping[str, Any]) -> dict[str, Any]:
        values = attributes(body, ("Description",)) | {"last_modified": self._now()}
        if publishers := body.get("AllowedPublishers"):
            arns = publishers.get("SigningProfileVersionArns", [])
            values["allowed_publishers"] = [{"signing_profile_version_arns": arns}]
        policy = (body.get("CodeSigningPolicies") or {}).get("UntrustedArtifactOnDeployment")
        return values | ({"policies": [{"untrusted_artifact_on_deployment": policy}]} if policy else {})

    def _existing(self, arn: str) -> Entry:
        found = self._resources.of(TYPE, arn=arn)
        if not found:
            raise not_found(f"The code signing configuration {arn} cannot be found.")
        return found[0]

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")


def _described(entry: Entry) -> Body:
    return {
        "CodeSigningConfigId": entry["config_id"],
        "CodeSigningConfigArn": entry["arn"],
        "Description": entry.get("description", ""),
        "AllowedPublishers": {
            "SigningProfileVersionArns": entry.block("allowed_publishers").get("signing_profile_version_arns", [])
        },
        "CodeSigningPolicies": {
            "UntrustedArtifactOnDeployment": entry.block("policies").get("untrusted_artifact_on_deployment", "Warn")
        },
        "LastModified": entry.get("last_modified", ""),
    }


def _arn_of(described: Body) -> str:
    return str(described["CodeSigningConfigArn"])
