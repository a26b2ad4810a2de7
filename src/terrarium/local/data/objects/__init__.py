"""Terrarium's own S3 below the wire: buckets, versions of objects, multipart uploads and settings, kept on disk.

Content is files, everything else one SQLite file beside them. Nothing here knows of HTTP, XML, signatures or policies.
"""

from __future__ import annotations

from terrarium.local.data.objects.store import Objects

__all__ = ["Objects"]
