"""TLS for names of this machine: an authority of one's own, and a certificate for each name when it is asked for."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import os
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

_AUTHORITY_DAYS = 3650
# Browsers refuse certificates that live longer: https://support.apple.com/en-us/102028
_LEAF_DAYS = 390
# Names of this machine, and AWS's own, which lead here in functions; the last are function URLs.
_NAMES = ("localhost", ".localhost", ".amazonaws.com", ".on.aws")
_AUTHORITY_NAME = "Terrarium on this machine"
# https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1 (ub-organizational-unit-name)
_UNIT_LENGTH = 64


class Authority:
    """A certificate authority that signs for names of this machine only.

    Args:
        folder: Where its key and certificate are kept; only their owner may read the key.
        now: The present time.
        names: What it signs for, if something else: names, and what is below those that begin with a dot.
    """

    def __init__(self, folder: Path, now: dt.datetime, names: tuple[str, ...] = _NAMES) -> None:
        self._now = now
        self._names = names
        self._others: dict[str, Authority] = {}
        folder = folder.resolve()  # programs in other folders are told where the certificate is
        self.certificate_file = folder / "ca.pem"
        self._key_file = folder / "ca.key"
        self._folder = folder
        with _alone(folder):
            if not self.certificate_file.is_file() or not self._key_file.is_file() or self._is_stale():
                self._make()
        self._contexts: dict[str, ssl.SSLContext] = {}

    def server_context(self) -> ssl.SSLContext:
        """A context that shows each client a certificate for the name it asks for."""
        context = _server_side()  # without a certificate of its own: to make one takes long, and many starts see no TLS

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            connection.context = self._context((name or "localhost").lower())

        context.sni_callback = choose
        return context

    def bundle(self) -> Path:
        """A file of all authorities that a program here shall trust: this one, and those of the public network."""
        file = self._folder / "bundle.pem"
        data = self.certificate_file.read_bytes() + _public_authorities().read_bytes()
        with _alone(self._folder):
            if not file.is_file() or file.read_bytes() != data:
                file.write_bytes(data)
        return file

    def vouch_for(self, names: Sequence[str], folder: Path) -> bytes:
        """Shows certificates for names that are not this machine's, by another authority that signs for no others.

        Args:
            names: Those names; none for an end of it.
            folder: Where the other authority is kept.

        Returns:
            The certificates of all authorities that a program shall trust.
        """
        for name in (*self._others, *names):
            self._contexts.pop(name, None)
        self._others = {}
        known = self.bundle().read_bytes()
        if not names:
            return known
        other = Authority(folder, self._now, tuple(names))
        self._others = dict.fromkeys(names, other)
        return other.certificate_file.read_bytes() + known

    def _context(self, name: str) -> ssl.SSLContext:
        if name not in self._contexts:
            if len(self._contexts) > 1000:  # names are the client's to choose; memory is not
                self._contexts.clear()
            context = _server_side()
            with _alone(self._folder):
                file = self._folder / "leaf.pem"
                _write_private(file, self._others.get(name, self)._leaf(name))
                context.load_cert_chain(file)
                file.unlink()
            self._contexts[name] = context
        return self._contexts[name]

    def _is_stale(self) -> bool:
        """Whether it is too old, was made for other names, or cannot be read."""
        reader = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            reader.load_verify_locations(self.certificate_file)
        except ssl.SSLError:
            return True
        (certificate,) = reader.get_ca_certs()
        subject = dict(pair for (pair,) in cast("tuple[tuple[tuple[str, str]], ...]", certificate["subject"]))
        until = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
        too_old = until < (self._now + dt.timedelta(days=_LEAF_DAYS)).timestamp()
        return too_old or subject.get("organizationalUnitName") != _unit_of(self._names)

    def _make(self) -> None:
        from terrarium.local.edge.certificates import make_authority  # once in a machine's life

        key, certificate = make_authority(
            _AUTHORITY_NAME, _unit_of(self._names), self._names, self._now, _AUTHORITY_DAYS
        )
        _write_private(self._key_file, key)
        self.certificate_file.write_bytes(certificate)

    def _leaf(self, name: str) -> bytes:
        """A key and a certificate for one name."""
        from terrarium.local.edge.certificates import make_leaf  # only where somebody speaks TLS

        authority = self.certificate_file.read_bytes()
        return make_leaf(name, self._key_file.read_bytes(), authority, self._now, _LEAF_DAYS)


def _unit_of(names: Sequence[str]) -> str:
    """What an authority's certificate says of the names that it signs for, in the 64 characters that there are."""
    text = " ".join(sorted(names))
    return text if len(text) <= _UNIT_LENGTH else hashlib.sha256(text.encode()).hexdigest()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps other systems' processes, which share the folder, out of it. The lock is the folder's: no file stays."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _public_authorities() -> Path:
    """The authorities that programs on this machine trust anyway; where it has no such file, those of the SDK."""
    system = ssl.get_default_verify_paths().cafile
    if system:
        return Path(system)
    from botocore.httpsession import get_cert_path  # it takes its time, and most systems have a file

    return Path(str(get_cert_path(True)))  # botocore's function is without types


def _server_side() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _write_private(file: Path, data: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
