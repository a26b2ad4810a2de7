"""An SQS queue (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/)."""

from __future__ import annotations

from collections.abc import Mapping

from terrarium.aws.access import Access, Statement
from terrarium.errors import UserError, did_you_mean
from terrarium.model.expressions import Value
from terrarium.model.graph import Module
from terrarium.model.origin import origin

#: What each word needs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
WORDS: Mapping[str, tuple[str, ...]] = {
    "send": ("sqs:SendMessage",),
    "receive": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"),
}


class Queue:
    """A standard queue, encrypted with SQS's own key.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        name: Its name in AWS; from the architecture's prefix, if not given.
        visibility: Seconds for which a message that was received is hidden from others.
        retention: Seconds for which a message is kept, 14 days at most.
    """

    def __init__(
        self, scope: Module, label: str, *, name: Value = None, visibility: Value = 30, retention: Value = 1_209_600
    ) -> None:
        with scope.layer("data"):
            self.resource = scope.add(
                "aws_sqs_queue",
                label,
                name=f"{scope.prefix}-{label}" if name is None else name,
                visibility_timeout_seconds=visibility,
                message_retention_seconds=retention,
                sqs_managed_sse_enabled=True,
            )

    @property
    def arn(self) -> Value:
        """Its ARN."""
        return self.resource["arn"]

    @property
    def url(self) -> Value:
        """Its URL."""
        return self.resource["url"]

    def access(self, *words: str) -> Access:
        """May send or receive messages.

        Args:
            *words: ``send`` or ``receive``.

        Returns:
            The queue's URL, with that permission.

        Raises:
            UserError: A word is neither.
        """
        for word in words:
            if word not in WORDS:
                raise UserError(f"a queue has no access {word!r}", where=origin(), hint=did_you_mean(word, WORDS))
        actions = tuple(action for word in words for action in WORDS[word])
        return Access(self.url, (Statement(actions, (self.arn,)),))

    def receives(self) -> Access:
        """What whoever tells it something by its ARN needs."""
        return Access(self.arn, self.access("send").statements)
