"""A function's resource policy: one statement for each permission.

https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from terrarium.local.api.lambda_control.names import attributes
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.function_names import named
from terrarium.local.registry import Entry

TYPE = "aws_lambda_permission"

_MEMBERS = (
    "StatementId", "Action", "Principal", "SourceArn", "SourceAccount", "EventSourceToken", "PrincipalOrgID",
    "FunctionUrlAuthType", "InvokedViaFunctionUrl",
)  # fmt: skip
_SERVICE = re.compile(r"[a-z0-9.-]+\.[a-z]+", re.ASCII)
#: Each condition's operator and key: https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
_CONDITIONS = {
    "source_arn": ("ArnLike", "AWS:SourceArn"),
    "source_account": ("StringEquals", "AWS:SourceAccount"),
    "event_source_token": ("StringEquals", "lambda:EventSourceToken"),
    "principal_org_id": ("StringEquals", "aws:PrincipalOrgID"),
    "function_url_auth_type": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "invoked_via_function_url": ("Bool", "lambda:InvokedViaFunctionUrl"),
}


# Bodies and answers have the members that each operation defines.
class PermissionResources:
    """The permissions on the functions of a system."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def add(self, name: str, arn: str, qualifier: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """AddPermission.

        Raises:
            AwsError: ``ResourceConflictException`` (409) where the statement is there already.
        """
        sid = str(body.get("StatementId", ""))
        if any(entry["statement_id"] == sid for entry in self._given(name, qualifier)):
            message = (
                f"The statement id ({sid}) provided already exists. "
                "Please provide a new statement id, or remove the existing statement."
            )
            raise AwsError("ResourceConflictException", message, 409, Type="User")
        values = attributes(body, _MEMBERS) | {"function_name": name, "id": sid}
        values |= {"qualifier": qualifier} if qualifier else {}
        entry = await self._resources.put(TYPE, f"{name}-{qualifier}-{sid}" if qualifier else f"{name}-{sid}", values)
        return {"Statement": json.dumps(statement(entry, arn))}

    def policy(self, name: str, arn: str, qualifier: str) -> dict[str, Any]:
        """GetPolicy.

        Raises:
            AwsError: ``ResourceNotFoundException`` (404) where there is none.
        """
        given = self._given(name, qualifier)
        if not given:
            raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404, Type="User")
        statements = [statement(entry, arn) for entry in given]
        text = json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": statements})
        digits = hashlib.sha256(text.encode()).hexdigest()
        revision = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
        return {"Policy": text, "RevisionId": revision}

    async def remove(self, name: str, qualifier: str, sid: str) -> None:
        """RemovePermission.

        Raises:
            AwsError: ``ResourceNotFoundException`` (404).
        """
        found = [entry for entry in self._given(name, qualifier) if entry["statement_id"] == sid]
        if not found:
            message = f"Statement {sid} is not found in resource policy."
            raise AwsError("ResourceNotFoundException", message, 404, Type="User")
        await self._resources.remove(found[0])

    def _given(self, name: str, qualifier: str) -> list[Entry]:
        """A graph's permissions name their function by name or ARN, and need no statement id of their own."""
        return [
            entry
            for entry in self._resources.of(TYPE)
            if named(entry["function_name"]).name == name
            and str(entry.get("qualifier", "")) == qualifier
            and entry.get("statement_id")
        ]


def statement(entry: Entry, arn: str) -> dict[str, Any]:
    """A permission as a statement of IAM's policy language."""
    principal = str(entry["principal"])
    conditions: dict[str, dict[str, str]] = {}
    for attribute, (operator, key) in _CONDITIONS.items():
        if entry.get(attribute):
            value = entry[attribute]
            conditions.setdefault(operator, {})[key] = "true" if value is True else value
    qualifier = entry.get("qualifier", "")
    made = {
        "Sid": entry["statement_id"],
        "Effect": "Allow",
        "Principal": _principal(principal, arn),
        "Action": entry["action"],
        "Resource": f"{arn}:{qualifier}" if qualifier else arn,
    }
    return made | ({"Condition": conditions} if conditions else {})


def allows_everybody(entry: Entry, action: str) -> bool:
    """Whether a permission lets everybody do something by a function URL that asks for no signature.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    bound = ("source_arn", "source_account", "event_source_token", "principal_org_id")
    return (
        entry["principal"] == "*"
        and entry["action"] in (action, "lambda:*")
        and entry.get("function_url_auth_type", "NONE") == "NONE"
        and not any(entry.get(condition) for condition in bound)
    )


def _principal(principal: str, arn: str) -> Any:
    if principal == "*":
        return principal
    if principal.isdigit():
        return {"AWS": f"arn:{arn.split(':')[1]}:iam::{principal}:root"}
    return {"Service": principal} if _SERVICE.fullmatch(principal) else {"AWS": principal}
