"""The functions' folder as Lambda takes it."""

from __future__ import annotations

import io
import zipfile

from tests.fidelity.cloud import FUNCTIONS_FOLDER


def zipped() -> bytes:
    """The functions' folder as Lambda takes it; every entry the same each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(file for kind in ("*.py", "*.js", "*.mjs") for file in FUNCTIONS_FOLDER.rglob(kind)):
            entry = zipfile.ZipInfo(file.relative_to(FUNCTIONS_FOLDER).as_posix())
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    return packed.getvalue()
