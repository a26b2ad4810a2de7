"""Zips of code, unpacked into folders from which they run, and kept beside them as they came.

A folder is named for the zip's own SHA-256, so that the same code uploaded twice is there once.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#function-configuration-deployment-and-execution
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.model.bundles import zipped
from terrarium.model.expressions import Bundle

#: 50 MB zipped, 250 MB unzipped.
ZIPPED_LIMIT = 50 * 1024 * 1024
UNZIPPED_LIMIT = 250 * 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{64}")
_UNREADABLE = "Could not unzip uploaded file. Please check your file, then try to upload again."


class Code(Struct, frozen=True):
    """Code that was uploaded.

    Attributes:
        folder: Where it lies unpacked.
        sha256: The zip's hash, in base64.
        size: The zip's bytes; 0 where that is not known any more.
    """

    folder: Path
    sha256: str
    size: int


def zip_beside(code: Bundle) -> Path | None:
    """The zip that code was unpacked from; None where it runs from a folder of its own."""
    ((inside, folder), *more) = code.folders
    if inside or more or not _NAME.fullmatch(folder.name):
        return None
    return file if (file := _zip_of(folder)).is_file() else None


def _zip_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.zip")


class CodeStore:
    """The unpacked zips of one system.

    Args:
        folder: Where they lie; made when the first one comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def unpack(self, zipped: bytes) -> Code:
        """Unpacks a zip, unless it lies here already.

        Raises:
            AwsError: ``InvalidParameterValueException`` for what is no zip, or holds more than 250 MB.
        """
        if len(zipped) > ZIPPED_LIMIT:
            raise AwsError(
                "RequestEntityTooLargeException", f"Zipped size must be smaller than {ZIPPED_LIMIT} bytes", 413
            )
        digest = hashlib.sha256(zipped)
        folder = self._folder / digest.hexdigest()
        if not folder.is_dir():
            self._extract(zipped, folder)
        if not (file := _zip_of(folder)).is_file():
            begun = file.with_suffix(f".{uuid.uuid4().hex}")
            begun.write_bytes(zipped)
            begun.replace(file)
        return Code(folder, base64.b64encode(digest.digest()).decode(), len(zipped))

    def keep(self, bundle: Bundle) -> Code:
        """A copy of code as it is now, packed as it would be shipped; what was uploaded lies here already.

        Raises:
            AwsError: As `unpack`.
            UserError: A folder of it is missing or cannot be read.
        """
        ((_, folder), *more) = bundle.folders
        if not more and folder.resolve().parent == self._folder.resolve():
            file = _zip_of(folder)
            size = file.stat().st_size if file.is_file() else 0
            return Code(folder, base64.b64encode(bytes.fromhex(folder.name)).decode(), size)
        return self.unpack(zipped(bundle))

    def _extract(self, zipped: bytes, folder: Path) -> None:
        """Into a folder that gets its name once it is whole."""
        self._folder.mkdir(parents=True, exist_ok=True)
        begun = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
                if sum(member.file_size for member in archive.infolist()) >= UNZIPPED_LIMIT:
                    raise _refused(f"Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes")
                archive.extractall(begun)  # zipfile drops absolute paths and `..`, and sizes are bounded
                _make_executable(archive, begun)
            begun.chmod(0o755)
            begun.replace(folder)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as fault:
            raise _refused(_UNREADABLE) from fault
        except OSError:
            if not folder.is_dir():  # else another upload of the same code was faster
                raise
        finally:
            shutil.rmtree(begun, ignore_errors=True)

    def prune(self, used: Collection[Path]) -> None:
        """Removes what nothing uses any more; called while nothing runs."""
        kept = {one for path in used for one in (path.resolve(), _zip_of(path.resolve()))}
        for found in self._folder.iterdir() if self._folder.is_dir() else ():
            if found.resolve() in kept:
                continue
            if found.is_dir():
                shutil.rmtree(found)
            else:
                found.unlink()


def _make_executable(archive: zipfile.ZipFile, folder: Path) -> None:
    """What a layer has in `bin` is run; extracting alone forgets who may."""
    for member in archive.infolist():
        file = folder / member.filename
        if member.external_attr >> 16 & 0o111 and file.is_file():
            file.chmod(0o755)


def decoded(text: object) -> bytes:
    """A zip as it stands in a JSON body.

    Raises:
        AwsError: ``SerializationException`` where it is not base64.
    """
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise AwsError("SerializationException", "The zip file is not valid base64") from fault


def _refused(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
