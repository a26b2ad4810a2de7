"""Aliases: a name that leads to one version of a function, or to two of them by weight. Chance is passed in.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


class Alias(Struct, frozen=True):
    """Where an alias leads.

    Attributes:
        version: The version that most invocations run.
        weights: The share of invocations, between 0 and 1, that run another version.
    """

    version: str
    weights: Mapping[str, float] = field(default_factory=dict)

    def choose(self, draw: float) -> str:
        """The version of one invocation.

        Args:
            draw: A number of chance, at least 0 and below 1.
        """
        for version, weight in self.weights.items():
            if draw < weight:
                return version
            draw -= weight
        return self.version
