"""What a consumer gets from an owner: how to find it, and the least it may do there.

The owner writes both, so they cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from terrarium.model.expressions import Value


class Statement(Struct, frozen=True):
    """One statement of an IAM policy that allows something.

    Attributes:
        actions: IAM's names of actions, for example ``dynamodb:PutItem``.
        resources: ARNs, or references to them.
        conditions: IAM's condition block, if any.
        when: Whether it applies: True, or a condition that a deployer decides.
    """

    actions: tuple[str, ...]
    resources: tuple[Value, ...]
    conditions: Mapping[str, Any] | None = None  # IAM's own shape: operator, then key, then value
    when: Value = True

    def document(self) -> dict[str, Value]:
        """As IAM writes it."""
        resources = list(self.resources)
        written: dict[str, Value] = {
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": resources[0] if len(resources) == 1 else resources,
        }
        return written | ({"Condition": dict(self.conditions)} if self.conditions else {})


class Access(Struct, frozen=True):
    """What a link gives.

    Attributes:
        value: What the consumer finds in its environment, for example a table's name.
        statements: What the consumer's role is allowed.
        when: Whether the owner exists, and so whether the consumer finds the value: True, or a condition that a
            deployer decides.
    """

    value: Value
    statements: tuple[Statement, ...] = ()
    when: Value = True
