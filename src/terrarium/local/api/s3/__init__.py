"""Amazon S3 on the wire: REST and XML in, an engine's answers out. What is stored where is not known here."""

from __future__ import annotations

from terrarium.local.api.s3.service import S3

__all__ = ["S3"]
