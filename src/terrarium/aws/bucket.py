"""An S3 bucket: private, encrypted, versioned (https://docs.aws.amazon.com/AmazonS3/latest/userguide/)."""

from __future__ import annotations

from terrarium.aws.access import Access, Statement
from terrarium.errors import UserError, did_you_mean
from terrarium.model.expressions import Bundle, Json, Value, call
from terrarium.model.graph import Module, Resource
from terrarium.model.origin import origin

WORDS = {"read": ("s3:GetObject",), "write": ("s3:PutObject",), "delete": ("s3:DeleteObject",)}


class Bucket:
    """A bucket that nobody outside the account reads, over TLS only.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        name: Its name in AWS, unique in the world.
        versioned: Whether what is overwritten or deleted can be brought back.
        old_versions: Days after which earlier versions go.
        force_destroy: Whether Terraform may delete it with what is in it.
    """

    def __init__(
        self,
        scope: Module,
        label: str,
        *,
        name: Value,
        versioned: bool = True,
        old_versions: int = 30,
        force_destroy: Value = False,
    ) -> None:
        self.scope = scope
        self.label = label
        self._layer = "storage"
        with scope.layer(self._layer):
            self.resource = scope.add("aws_s3_bucket", label, bucket=name, force_destroy=force_destroy)
            bucket = self.resource["id"]
            scope.add(
                "aws_s3_bucket_public_access_block",
                label,
                bucket=bucket,
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
            )
            encryption = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
            scope.add("aws_s3_bucket_server_side_encryption_configuration", label, bucket=bucket, rule=encryption)
            self._only_tls(bucket)
            # An object that is put before its bucket keeps versions has none to delete: its marker would stay behind.
            self._first = [self._versions(bucket, old_versions)] if versioned else []

    def _only_tls(self, bucket: Value) -> None:
        """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html."""
        statement = {
            "Sid": "OnlyOverTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [self.arn, f"{self.arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        self.scope.add(
            "aws_s3_bucket_policy",
            self.label,
            bucket=bucket,
            policy=Json({"Version": "2012-10-17", "Statement": [statement]}),
        )

    def _versions(self, bucket: Value, days: int) -> Resource:
        versioning = self.scope.add(
            "aws_s3_bucket_versioning", self.label, bucket=bucket, versioning_configuration={"status": "Enabled"}
        )
        rule = {
            "id": "old-versions",
            "status": "Enabled",
            "filter": {},
            "noncurrent_version_expiration": {"noncurrent_days": days},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        }
        self.scope.add(
            "aws_s3_bucket_lifecycle_configuration", self.label, bucket=bucket, rule=rule, depends_on=[versioning]
        )
        return versioning

    @property
    def name(self) -> Value:
        """Its name."""
        return self.resource["bucket"]

    @property
    def arn(self) -> Value:
        """Its ARN."""
        return self.resource["arn"]

    def put(self, label: str, bundle: Bundle) -> Resource:
        """Puts a bundle of code into it, under a key that changes with the code: what it names is never stale."""
        with self.scope.layer(self._layer):
            return self.scope.add(
                "aws_s3_object",
                label,
                bucket=self.resource["id"],
                key=f"{bundle.name}/{call('filemd5', bundle)}.zip",
                source=bundle,
                depends_on=self._first,
            )

    def access(self, *words: str, objects: Value = "*") -> Access:
        """May read, write or delete objects.

        Args:
            *words: ``read``, ``write`` or ``delete``.
            objects: The key of the object, or a pattern with wildcards.

        Returns:
            The bucket's name, with that permission.

        Raises:
            UserError: A word is none of these.
        """
        for word in words:
            if word not in WORDS:
                raise UserError(f"a bucket has no access {word!r}", where=origin(), hint=did_you_mean(word, WORDS))
        actions = tuple(action for word in words for action in WORDS[word])
        return Access(self.name, (Statement(actions, (f"{self.arn}/{objects}",)),))

    def receives(self) -> Access:
        """What whoever puts objects into it by its ARN needs."""
        put = Statement(("s3:PutObject",), (f"{self.arn}/*",))
        return Access(self.arn, (put, Statement(("s3:ListBucket",), (self.arn,))))
