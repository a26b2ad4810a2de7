"""How a function's event invocations are treated: retries, their age, and who is told what became of them.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
"""

from __future__ import annotations

from typing import Protocol

from terrarium.aws.access import Access
from terrarium.aws.role import Role
from terrarium.model.expressions import Value
from terrarium.model.graph import Module, Resource


class Destination(Protocol):
    """Something that can be told something: a queue, a topic, a bucket, a function."""

    def receives(self) -> Access:
        """Its ARN, and what whoever tells it something needs."""
        ...


class EventInvocations:
    """The settings of one function, written once something is said of them.

    Args:
        scope: Where the function lives.
        label: The function's.
        function: Its name in AWS.
        role: In whose name destinations are told.
    """

    def __init__(self, scope: Module, label: str, function: Value, role: Role) -> None:
        self._scope = scope
        self._label = label
        self._function = function
        self._role = role
        self._destinations: dict[str, Value] = {}
        self._resource: Resource | None = None

    def settings(self, **settings: Value) -> Resource:
        """Sets attributes of ``aws_lambda_function_event_invoke_config``."""
        if self._resource is None:
            with self._scope.layer("functions"):
                self._resource = self._scope.add(
                    "aws_lambda_function_event_invoke_config",
                    self._label,
                    function_name=self._function,
                    depends_on=self._role.policies,  # Lambda refuses destinations that the role may not reach
                )
        self._resource.set(**settings)
        return self._resource

    def tell(self, of: str, destination: Destination) -> Resource:
        """Adds a destination, and the permission to tell it.

        Args:
            of: ``on_success`` or ``on_failure``.
            destination: Who is told.
        """
        access = destination.receives()
        self._role.grant(access.statements)
        self._destinations[of] = {"destination": access.value}
        return self.settings(destination_config=dict(self._destinations))
