"""An alias of a Lambda function: a name that callers keep while the version behind it changes.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from terrarium.aws.function_url import FunctionUrl
from terrarium.aws.role import Role
from terrarium.model.expressions import Value
from terrarium.model.graph import Resource

if TYPE_CHECKING:
    from terrarium.aws.function import Function


class Alias:
    """An alias; whatever invokes a function can invoke its alias instead. Made by `Function.alias`.

    Args:
        function: The function; from now on each change of it is published as a version.
        name: The alias's name.
        version: The version that it leads to; the newest, if not given.
        weights: The share of invocations, between 0 and 1, that run another version.
        description: What it is for.
    """

    def __init__(
        self,
        function: Function,
        name: str,
        *,
        version: Value = None,
        weights: Mapping[str, Value] | None = None,
        description: Value = None,
    ) -> None:
        self.function = function
        self.scope = function.scope
        self.label = f"{function.label}_{name}"
        function.resource.set(publish=True)
        with self.scope.layer("functions"):
            self.resource = self.scope.add(
                "aws_lambda_alias",
                self.label,
                name=name,
                function_name=function.name,
                function_version=function.resource["version"] if version is None else version,
                description=description,
                routing_config={"additional_version_weights": dict(weights)} if weights else None,
            )

    @property
    def arn(self) -> Value:
        """Its ARN."""
        return self.resource["arn"]

    @property
    def role(self) -> Role:
        """The role of its function."""
        return self.function.role

    @property
    def function_name(self) -> Value:
        """The name of its function."""
        return self.function.name

    @property
    def qualifier(self) -> Value:
        """Its name, by which it is told from other versions of the function."""
        return self.resource["name"]

    def url(self, *, public: bool = False, cors: Mapping[str, Value] | None = None) -> FunctionUrl:
        """An address for HTTP requests; see `Function.url`."""
        return FunctionUrl(self, public=public, cors=cors)

    def provision(self, instances: Value) -> Resource:
        """Keeps instances of what it leads to initialised, which cost by the hour: callers wait for no cold start.

        Args:
            instances: How many.
        """
        with self.scope.layer("functions"):
            return self.scope.add(
                "aws_lambda_provisioned_concurrency_config",
                self.label,
                function_name=self.function.name,
                qualifier=self.qualifier,
                provisioned_concurrent_executions=instances,
            )

    def allow(self, label: str, *, service: str, source: Value) -> Resource:
        """Lets another service invoke it, and not the function by another name.

        Args:
            label: The permission's name in the module.
            service: Who invokes it, for example ``apigateway``.
            source: The ARN on whose behalf; may end with a wildcard.
        """
        permission = self.function.allow(label, service=service, source=source)
        permission.set(qualifier=self.qualifier)
        return permission
