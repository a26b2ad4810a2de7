"""The forms in which S3 says times in headers. Pure."""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime


def http_date(seconds: float) -> str:
    """https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7"""
    return email.utils.formatdate(int(seconds), usegmt=True)


def from_http_date(text: str) -> float | None:
    """Seconds since the epoch, or None for what is no date and is therefore ignored."""
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found.replace(tzinfo=found.tzinfo or UTC).timestamp()


def from_iso(text: str) -> float | None:
    """Seconds since the epoch of ``2026-01-31T00:00:00Z``, or None for what is no such time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC).timestamp()


def iso(seconds: float) -> str:
    """The same back."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
