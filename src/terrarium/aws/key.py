"""A KMS key that a system encrypts its data with."""

from __future__ import annotations

from terrarium.aws.access import Access, Statement
from terrarium.model.expressions import Value
from terrarium.model.graph import Module


class Key:
    """A customer managed key that rotates every year.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        on: Whether it exists: a bool, or a condition that a deployer decides.
        description: One sentence for people.
    """

    def __init__(self, scope: Module, label: str, *, on: Value = True, description: str = "") -> None:
        self.on = on
        with scope.layer("keys"):
            self.resource = scope.add(
                "aws_kms_key",
                label,
                when=on,
                description=description or f"Encrypts the data of {scope.root.name}",
                enable_key_rotation=True,
                deletion_window_in_days=7,
            )
            self.alias = scope.add(
                "aws_kms_alias",
                label,
                when=on,
                name=f"alias/{scope.prefix}-{label}",
                target_key_id=self.resource["key_id"],
            )

    @property
    def arn(self) -> Value:
        """Its ARN; null where it does not exist."""
        return self.resource["arn"]

    def access(self) -> Access:
        """May encrypt and decrypt with it."""
        actions = ("kms:Decrypt", "kms:GenerateDataKey")
        return Access(self.arn, (Statement(actions, (self.arn,), when=self.on),))

    def texts(self) -> Access:
        """May encrypt and decrypt texts of at most 4096 bytes with it, without a key of one's own in between.

        https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
        """
        actions = ("kms:Encrypt", "kms:Decrypt")
        return Access(self.arn, (Statement(actions, (self.arn,), when=self.on),), self.on)
