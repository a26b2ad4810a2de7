"""An SNS topic (https://docs.aws.amazon.com/sns/latest/dg/)."""

from __future__ import annotations

from terrarium.aws.access import Access, Statement
from terrarium.model.expressions import Value
from terrarium.model.graph import Module


class Topic:
    """An SNS topic.

    It is not encrypted with AWS's own key for SNS: alarms could not publish to it, in silence
    (https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns).

    Args:
        scope: Where it lives.
        label: Its name in the module.
        name: Its name in AWS; from the architecture's prefix, if not given.
        encryption: The ARN of a key whose policy lets CloudWatch use it, if messages are to be encrypted at rest.
    """

    def __init__(self, scope: Module, label: str, *, name: Value = None, encryption: Value = None) -> None:
        with scope.layer("alarms"):
            self.resource = scope.add(
                "aws_sns_topic",
                label,
                name=f"{scope.prefix}-{label}" if name is None else name,
                kms_master_key_id=encryption,
            )

    @property
    def arn(self) -> Value:
        """Its ARN."""
        return self.resource["arn"]

    def access(self) -> Access:
        """May publish; the topic's ARN, with that permission."""
        return Access(self.arn, (Statement(("sns:Publish",), (self.arn,)),))

    def receives(self) -> Access:
        """What whoever tells it something needs."""
        return self.access()
