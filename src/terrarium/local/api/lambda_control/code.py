"""Zips of code, unpacked into folders from which they run.

A folder is named for the zip's own SHA-256, so that the same code uploaded twice is there once.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#function-configuration-deployment-and-execution
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from terrarium.local.api.function_description import size_of
from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry
from terrarium.model.bundles import zipped
from terrarium.model.expressions import Bundle

#: 50 MB zipped, 250 MB unzipped.
ZIPPED_LIMIT = 50 * 1024 * 1024
UNZIPPED_LIMIT = 250 * 1024 * 1024
_UNREADABLE = "Could not unzip uploaded file. Please check your file, then try to upload again."


@dataclass(frozen=True, slots=True)
class Code:
    """Code that was uploaded.

    Attributes:
        folder: Where it lies unpacked.
        sha256: The zip's hash, in base64.
        size: The zip's bytes; 0 where that is not known any more.
    """

    folder: Path
    sha256: str
    size: int


def layer_size(layer: Entry) -> int:
    """Bytes of a layer version: of its zip where one was uploaded, else of the folders that are used as they are."""
    zipped: int | None = layer.get("source_code_size")
    return sum(size_of(folder) for _, folder in layer["filename"].folders) if zipped is None else zipped


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
        return Code(folder, base64.b64encode(digest.digest()).decode(), len(zipped))

    def keep(self, bundle: Bundle) -> Code:
        """A copy of code as it is now, packed as it would be shipped; what was uploaded lies here already.

        Raises:
            AwsError: As `unpack`.
            UserError: A folder of it is missing or cannot be read.
        """
        ((_, folder), *more) = bundle.folders
        if not more and folder.resolve().parent == self._folder.resolve():
            return Code(folder, base64.b64encode(bytes.fromhex(folder.name)).decode(), 0)
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
        kept = {path.resolve() for path in used}
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if folder.resolve() not in kept:
                shutil.rmtree(folder)


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
