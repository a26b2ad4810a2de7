"""Buckets and what is set on them. A setting is stored as it was given; what it means is the wire's to say."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from terrarium.local.clock import Clock
from terrarium.local.data.objects import errors, rows
from terrarium.local.data.objects.database import Database
from terrarium.local.data.objects.names import check_bucket
from terrarium.local.object_store import Bucket, Versioning


class Buckets:
    """The buckets of one account. They are few and asked for with every call, so that memory holds them too.

    Args:
        database: Where they are kept.
        clock: Time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}
        self._settings: dict[str, dict[str, bytes]] = {}

    def open(self) -> None:
        """Reads what there is."""
        found = (rows.bucket(row) for row in self._database.rows(f"SELECT {rows.BUCKET} FROM buckets"))
        self._buckets = {bucket.name: bucket for bucket in found}
        self._settings = {name: {} for name in self._buckets}
        for name, setting, value in self._database.rows("SELECT bucket, name, value FROM settings"):
            self._settings[name][setting] = value

    def create(self, name: str, region: str, settings: Mapping[str, bytes], versioning: Versioning = "") -> Bucket:
        """Makes a bucket.

        Args:
            name: Its name.
            region: Where it is.
            settings: What is set on it from the beginning.
            versioning: Whether it keeps versions from the beginning.

        Raises:
            AwsError: InvalidBucketName, or BucketAlreadyOwnedByYou.
        """
        check_bucket(name)
        if name in self._buckets:
            raise errors.bucket_is_yours(name)
        bucket = Bucket(name, region, self._clock.now(), versioning)
        with self._database.transaction():
            values = (name, region, bucket.created, versioning)
            self._database.rows(f"INSERT INTO buckets ({rows.BUCKET}) VALUES (?, ?, ?, ?)", values)
            for setting, value in settings.items():
                self._set(name, setting, value)
        self._buckets[name], self._settings[name] = bucket, dict(settings)
        return bucket

    def find(self, name: str) -> Bucket | None:
        """A bucket, if there is one of that name."""
        return self._buckets.get(name)

    def get(self, name: str) -> Bucket:
        """A bucket.

        Raises:
            AwsError: NoSuchBucket.
        """
        bucket = self.find(name)
        if bucket is None:
            raise errors.no_such_bucket(name)
        return bucket

    def all(self) -> list[Bucket]:
        """Every bucket, by name."""
        return sorted(self._buckets.values(), key=lambda bucket: bucket.name)

    def delete(self, name: str) -> None:
        """Removes an empty bucket. Uploads that are under way do not keep it.

        Raises:
            AwsError: NoSuchBucket, or BucketNotEmpty.
        """
        self.get(name)
        if self._database.rows("SELECT 1 FROM versions WHERE bucket = ? LIMIT 1", (name,)).fetchone():
            raise errors.bucket_not_empty(name)
        with self._database.transaction():
            self._database.rows("DELETE FROM buckets WHERE name = ?", (name,))
            self._database.rows("DELETE FROM settings WHERE bucket = ?", (name,))
        del self._buckets[name], self._settings[name]

    def set_versioning(self, name: str, versioning: Versioning) -> None:
        """Says whether versions are kept from now on."""
        bucket = self.get(name)
        with self._database.transaction():
            self._database.rows("UPDATE buckets SET versioning = ? WHERE name = ?", (versioning, name))
        self._buckets[name] = replace(bucket, versioning=versioning)

    def setting(self, name: str, setting: str) -> bytes | None:
        """What is set under a name, if anything.

        Raises:
            AwsError: NoSuchBucket.
        """
        self.get(name)
        return self._settings[name].get(setting)

    def settings(self, name: str, prefix: str) -> list[bytes]:
        """What is set under all names that begin so, in their order."""
        self.get(name)
        return [value for setting, value in sorted(self._settings[name].items()) if setting.startswith(prefix)]

    def put_setting(self, name: str, setting: str, value: bytes | None) -> None:
        """Sets something, or with None removes it."""
        self.get(name)
        with self._database.transaction():
            self._set(name, setting, value)
        if value is None:
            self._settings[name].pop(setting, None)
        else:
            self._settings[name][setting] = value

    def _set(self, name: str, setting: str, value: bytes | None) -> None:
        if value is None:
            self._database.rows("DELETE FROM settings WHERE bucket = ? AND name = ?", (name, setting))
        else:
            sql = "INSERT OR REPLACE INTO settings (bucket, name, value) VALUES (?, ?, ?)"
            self._database.rows(sql, (name, setting, value))
