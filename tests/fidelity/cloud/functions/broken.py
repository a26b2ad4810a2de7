"""A module that cannot be imported."""

from __future__ import annotations

handler = {}["no luck at import"]
