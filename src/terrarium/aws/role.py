"""A role that a service takes on, with one policy: what its links grant, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from terrarium.aws.access import Statement
from terrarium.model.conditions import implied
from terrarium.model.expressions import Json, Value
from terrarium.model.graph import Module, Resource

VERSION = "2012-10-17"


def trust(service: str) -> Value:
    """A trust policy for one AWS service, for example ``lambda``."""
    principal = {"Service": f"{service}.amazonaws.com"}
    return Json(
        {"Version": VERSION, "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]}
    )


class Role:
    """A role for one service.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        name: Its name in AWS.
        service: Who takes it on, for example ``lambda`` or ``ec2``.
    """

    def __init__(self, scope: Module, label: str, *, name: Value, service: str) -> None:
        self.scope = scope
        self.label = label
        self.resource = scope.add("aws_iam_role", label, name=name, assume_role_policy=trust(service))
        self._layer = self.resource.layer
        self._policies: dict[Value, tuple[Resource, list[Statement]]] = {}

    @property
    def arn(self) -> Value:
        """Its ARN."""
        return self.resource["arn"]

    @property
    def policies(self) -> tuple[Resource, ...]:
        """Its policies: what needs a permission to be created waits for them."""
        return tuple(policy for policy, _ in self._policies.values())

    def grant(self, statements: Iterable[Statement]) -> None:
        """Allows more. What a deployer may leave out stands in a policy of its own: it may name what is not there."""
        for statement in statements:
            is_certain = implied(statement.when, self.resource.when)
            self._write(replace(statement, when=True) if is_certain else statement)

    def _write(self, statement: Statement) -> None:
        if statement.when not in self._policies:
            suffix = "_optional" if self._policies else ""
            suffix += str(len(self._policies)) if len(self._policies) > 1 else ""
            with self.scope.layer(self._layer):
                policy = self.scope.add(
                    "aws_iam_role_policy",
                    f"{self.label}{suffix}",
                    when=statement.when,
                    name=f"access{suffix}",
                    role=self.resource["id"],
                    policy=_document([statement]),
                )
            self._policies[statement.when] = (policy, [statement])
            return
        policy, known = self._policies[statement.when]
        if statement not in known:
            known.append(statement)
            policy.set(policy=_document(known))


def _document(statements: list[Statement]) -> Value:
    return Json({"Version": VERSION, "Statement": [statement.document() for statement in statements]})
