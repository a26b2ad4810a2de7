"""TLS for names of this machine: an authority of one's own, and a certificate for each name when it is asked for."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import ssl
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY_DAYS = 3650
# Browsers refuse certificates that live longer: https://support.apple.com/en-us/102028
_LEAF_DAYS = 390
# Names of this machine, and AWS's own, which lead here in functions; the last are function URLs.
_NAMES = ("localhost", ".localhost", ".amazonaws.com", ".on.aws")
_AUTHORITY_NAME = "Terrarium on this machine"


class Authority:
    """A certificate authority that signs for names of this machine only.

    Args:
        folder: Where its key and certificate are kept; only their owner may read the key.
        now: The present time.
    """

    def __init__(self, folder: Path, now: dt.datetime) -> None:
        self._now = now
        folder = folder.resolve()  # programs in other folders are told where the certificate is
        self.certificate_file = folder / "ca.pem"
        self._key_file = folder / "ca.key"
        self._folder = folder
        with _alone(folder):
            if not self.certificate_file.is_file() or not self._key_file.is_file() or self._expires():
                self._make()
        self._key = serialization.load_pem_private_key(self._key_file.read_bytes(), None)
        self._certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
        self._contexts: dict[str, ssl.SSLContext] = {}

    def server_context(self) -> ssl.SSLContext:
        """A context that shows each client a certificate for the name it asks for."""
        context = self._context("localhost")

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name:
                connection.context = self._context(name.lower())

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

    def _context(self, name: str) -> ssl.SSLContext:
        if name not in self._contexts:
            if len(self._contexts) > 1000:  # names are the client's to choose; memory is not
                self._contexts.clear()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            with _alone(self._folder):
                file = self._folder / "leaf.pem"
                _write_private(file, self._leaf(name))
                context.load_cert_chain(file)
                file.unlink()
            self._contexts[name] = context
        return self._contexts[name]

    def _expires(self) -> bool:
        """Whether it is too old, or was made for other names."""
        certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or ()
        too_old = certificate.not_valid_after_utc < self._now + dt.timedelta(days=_LEAF_DAYS)
        return too_old or {name.value for name in names} != set(_NAMES)

    def _make(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _AUTHORITY_NAME)])
        # Constrained to this machine's names: whoever trusts it trusts it for nothing else.
        names = x509.NameConstraints([x509.DNSName(name) for name in _NAMES], None)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        certificate = (
            self._builder(name, name, key.public_key(), _AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(names, critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write_private(self._key_file, _pem(key))
        self.certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _leaf(self, name: str) -> bytes:
        """A key and a certificate for one name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        public = self._certificate.public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        assert isinstance(self._key, ec.EllipticCurvePrivateKey)
        certificate = (
            self._builder(subject, self._certificate.subject, key.public_key(), _LEAF_DAYS)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return _pem(key) + certificate.public_bytes(serialization.Encoding.PEM)

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - dt.timedelta(days=1))
            .not_valid_after(self._now + dt.timedelta(days=days))
        )


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


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    private = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())


def _write_private(file: Path, data: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
