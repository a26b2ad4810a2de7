"""The engine as one thing: each verb is one change, and content comes and goes with what refers to it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from msgspec.structs import replace

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.data.objects import errors
from terrarium.local.data.objects.buckets import Buckets
from terrarium.local.data.objects.content import Contents
from terrarium.local.data.objects.database import Database
from terrarium.local.data.objects.names import check_key
from terrarium.local.data.objects.uploads import Uploads, combined_etag
from terrarium.local.data.objects.versions import Changed, New, Versions
from terrarium.local.object_store import (
    ANY,
    Bucket,
    Checksum,
    Condition,
    Details,
    Hash,
    Page,
    Part,
    Query,
    Received,
    Segment,
    Upload,
    Version,
    Versioning,
)


def _new_id() -> str:
    return secrets.token_urlsafe(24)  # 32 characters, as many as S3's have


class Objects:
    """Buckets and objects in a folder, which one process at a time may have.

    Args:
        folder: Where they live.
        clock: Time.
        new_id: Makes the ids of versions and uploads.
        fsync: Whether what is acknowledged outlives a power cut, and not only the process.
    """

    def __init__(self, folder: Path, *, clock: Clock, new_id: Callable[[], str] = _new_id, fsync: bool = False) -> None:
        self.folder = folder
        self._database = Database(folder / "objects.sqlite", fsync=fsync)
        self._contents = Contents(folder / "content", fsync=fsync)
        self._buckets = Buckets(self._database, clock)
        self._versions = Versions(self._database, clock, new_id)
        self._uploads = Uploads(self._database, clock, new_id)

    def start(self) -> None:
        """Opens the folder, and removes what a killed process left half done.

        Raises:
            UserError: It is damaged.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._contents.open(self._database.open())
        self._buckets.open()
        self._contents.sweep(self._kept)

    def stop(self) -> None:
        """Closes the folder."""
        self._contents.close()
        self._database.close()

    def create_bucket(
        self, name: str, region: str, settings: Mapping[str, bytes] | None = None, versioning: Versioning = ""
    ) -> Bucket:
        """See `Buckets.create`."""
        return self._buckets.create(name, region, settings or {}, versioning)

    def find_bucket(self, name: str) -> Bucket | None:
        """A bucket, if there is one of that name."""
        return self._buckets.find(name)

    def bucket(self, name: str) -> Bucket:
        """A bucket; AwsError NoSuchBucket where there is none."""
        return self._buckets.get(name)

    def buckets(self) -> list[Bucket]:
        """Every bucket, by name."""
        return self._buckets.all()

    def delete_bucket(self, name: str) -> None:
        """Removes an empty bucket, with the uploads to it; AwsError NoSuchBucket or BucketNotEmpty."""
        self._buckets.delete(name)
        for upload in self._uploads.of(name):
            self.abort_upload(upload)

    def set_versioning(self, name: str, versioning: Versioning) -> None:
        """Says whether versions are kept from now on."""
        self._buckets.set_versioning(name, versioning)

    def setting(self, bucket: str, name: str) -> bytes | None:
        """What is set on a bucket under a name, if anything."""
        return self._buckets.setting(bucket, name)

    def settings(self, bucket: str, prefix: str) -> list[bytes]:
        """What is set on a bucket under all names that begin so."""
        return self._buckets.settings(bucket, prefix)

    def put_setting(self, bucket: str, name: str, value: bytes | None) -> None:
        """Sets something on a bucket, or with None removes it."""
        self._buckets.put_setting(bucket, name, value)

    async def receive(self, source: AsyncIterator[bytes], hashes: Sequence[Hash] = ()) -> Received:
        """Takes content in; it is then put or discarded. See `Contents.receive`."""
        return await self._contents.receive(source, hashes)

    async def put_whole(self, bucket: str, key: str, content: bytes, details: Details | None = None) -> Version:
        """Puts content that is all there, in the name of a service.

        Args:
            bucket: The bucket.
            key: The key.
            content: The content.
            details: What is stored beside it.

        Raises:
            AwsError: As `put`.
        """

        async def whole() -> AsyncIterator[bytes]:
            yield content

        received = await self.receive(whole())
        try:
            return self.put(bucket, key, received.md5, (received.segment,), details or Details())
        except AwsError:
            self.discard((received.segment,))
            raise

    async def copy(self, version: Version) -> tuple[Segment, ...]:
        """The content of a version once more; it is then put or discarded."""
        return await self._contents.copy(version.segments)

    def discard(self, segments: Sequence[Segment]) -> None:
        """Removes content that was not put."""
        self._contents.remove(segments)

    def check(self, bucket: str, key: str, condition: Condition = ANY) -> None:
        """Refuses early what `put` would refuse.

        Raises:
            AwsError: NoSuchBucket, KeyTooLongError, PreconditionFailed, or NoSuchKey.
        """
        self.bucket(bucket)
        check_key(key)
        self._versions.check(bucket, key, condition)

    # What is put has these six aspects, and no two of them belong together.
    def put(
        self,
        bucket: str,
        key: str,
        etag: str,
        segments: tuple[Segment, ...],
        details: Details,
        condition: Condition = ANY,
        *,
        parted: bool = False,
    ) -> Version:
        """Makes content an object. It belongs to the engine afterwards, also where it was refused.

        Raises:
            AwsError: As `check`, or InternalError where it cannot be written.
        """
        try:
            with self._database.transaction():
                self.check(bucket, key, condition)
                new = New(etag, segments, details, parted)
                version, removed = self._versions.put(self.bucket(bucket), key, new)
        except BaseException:
            self._contents.remove(segments)
            raise
        self._contents.remove(removed)
        assert version is not None
        return version

    def find(self, bucket: str, key: str, id: str | None = None) -> Version | None:
        """A version or delete marker by its id, or the current one; AwsError NoSuchBucket."""
        self.bucket(bucket)
        return self._versions.find(bucket, key, id)

    def get(self, bucket: str, key: str, id: str | None = None) -> Version:
        """The same; AwsError NoSuchKey or NoSuchVersion where there is none."""
        version = self.find(bucket, key, id)
        if version is None:
            raise errors.no_such_key(key) if id is None else errors.no_such_version(key, id)
        return version

    def reading(self, version: Version, start: int, end: int) -> AbstractContextManager[AsyncIterator[bytes]]:
        """The bytes from `start` up to and without `end`, in pieces."""
        return self._contents.reading(version.segments, start, end)

    def read_at_once(self, version: Version, start: int, end: int) -> bytes:
        """The same, at once: for little content."""
        return self._contents.read_at_once(version.segments, start, end)

    def delete(
        self, bucket: str, key: str, id: str | None = None, condition: Condition = ANY, *, bypass: bool = False
    ) -> Version | None:
        """Deletes the object, or one version of it.

        Returns:
            The marker that was put, or the version that was deleted; None where there was nothing to do.

        Raises:
            AwsError: NoSuchBucket, PreconditionFailed, NoSuchKey, or AccessDenied for what is locked.
        """
        try:
            version, removed = self._delete(bucket, key, id, condition, bypass=bypass)
        except AwsError as error:
            if error.status != errors.FULL:
                raise
            with self._database.reserve_released():
                version, removed = self._delete(bucket, key, id, condition, bypass=bypass)
        self._contents.remove(removed)
        return version

    def _delete(self, bucket: str, key: str, id: str | None, condition: Condition, *, bypass: bool) -> Changed:
        with self._database.transaction():
            place = self.bucket(bucket)
            self._versions.check(bucket, key, condition)
            if id is None:
                return self._versions.mark(place, key)
            return self._versions.delete(bucket, key, id, bypass=bypass)

    def change(self, version: Version, details: Details) -> None:
        """Replaces what is stored beside a version."""
        with self._database.transaction():
            self._versions.change(version, details)

    def list_current(self, bucket: str, query: Query) -> Page[Version]:
        """Objects as they are now."""
        self.bucket(bucket)
        return self._versions.list_current(bucket, query)

    def list_all(self, bucket: str, query: Query) -> Page[Version]:
        """Every version and delete marker."""
        self.bucket(bucket)
        return self._versions.list_all(bucket, query)

    def create_upload(self, bucket: str, key: str, details: Details) -> Upload:
        """Begins a multipart upload."""
        self.check(bucket, key)
        with self._database.transaction():
            return self._uploads.create(bucket, key, details)

    def upload(self, bucket: str, key: str, id: str) -> Upload:
        """An upload that is under way; AwsError NoSuchBucket or NoSuchUpload."""
        self.bucket(bucket)
        return self._uploads.get(bucket, key, id)

    def put_part(self, upload: Upload, number: int, received: Received) -> Part:
        """Stores a part. Its content belongs to the engine afterwards, also where the upload has ended meanwhile."""
        try:
            with self._database.transaction():
                self._uploads.get(upload.bucket, upload.key, upload.id)
                part, removed = self._uploads.put_part(upload, number, received)
        except BaseException:
            self._contents.remove([received.segment])
            raise
        self._contents.remove(removed)
        return part

    def parts(self, upload: Upload) -> list[Part]:
        """The parts that have arrived, by number."""
        return self._uploads.parts(upload.id)

    def chosen(self, upload: Upload, asked: Sequence[tuple[int, str]]) -> list[Part]:
        """See `Uploads.chosen`."""
        return self._uploads.chosen(upload, asked)

    def complete_upload(
        self, upload: Upload, parts: Sequence[Part], checksum: Checksum | None, condition: Condition = ANY
    ) -> Version:
        """Makes an object of parts; what was not chosen of them is removed.

        Raises:
            AwsError: As `check`; the upload is then still there.
        """
        segments = tuple(part.segment for part in parts)
        with self._database.transaction():
            self.check(upload.bucket, upload.key, condition)
            new = New(combined_etag(parts), segments, replace(upload.details, checksum=checksum), parted=True)
            version, removed = self._versions.put(self.bucket(upload.bucket), upload.key, new)
            unused = set(self._uploads.remove(upload)) - set(segments)
        self._contents.remove((*removed, *unused))
        assert version is not None
        return version

    def abort_upload(self, upload: Upload) -> None:
        """Ends an upload without an object."""
        with self._database.transaction():
            removed = self._uploads.remove(upload)
        self._contents.remove(removed)

    def list_uploads(self, bucket: str, query: Query) -> Page[Upload]:
        """Uploads that are under way."""
        self.bucket(bucket)
        return self._uploads.list(bucket, query)

    def _kept(self) -> set[str]:
        return {segment.content for source in (self._versions, self._uploads) for segment in source.contents()}
