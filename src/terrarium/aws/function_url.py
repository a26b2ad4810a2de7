"""A function URL: HTTP straight to a Lambda function, without an API in front of it.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from terrarium.model.expressions import Value

if TYPE_CHECKING:
    from terrarium.aws.alias import Alias
    from terrarium.aws.function import Function


class FunctionUrl:
    """A function's URL; made by `Function.url` and `Alias.url`.

    Args:
        owner: The function, or an alias of it.
        public: Whether everybody may call it; else requests are signed by who may ``lambda:InvokeFunctionUrl``.
        cors: Which pages of other origins may read its answers, as ``aws_lambda_function_url`` writes it.
    """

    def __init__(
        self, owner: Function | Alias, *, public: bool = False, cors: Mapping[str, Value] | None = None
    ) -> None:
        scope, label = owner.scope, owner.label
        with scope.layer("functions"):
            self.resource = scope.add(
                "aws_lambda_function_url",
                label,
                function_name=owner.function_name,
                qualifier=owner.qualifier,
                authorization_type="NONE" if public else "AWS_IAM",
                cors=dict(cors) if cors else None,
            )
            if public:
                # The provider adds lambda:InvokeFunctionUrl by itself; new URLs need this too since October 2025:
                # https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
                scope.add(
                    "aws_lambda_permission",
                    f"{label}_url",
                    action="lambda:InvokeFunction",
                    function_name=owner.function_name,
                    qualifier=owner.qualifier,
                    principal="*",
                )

    @property
    def url(self) -> Value:
        """Where clients call it."""
        return self.resource["function_url"]
