"""Certificates for names of this machine."""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
import stat
from pathlib import Path

import pytest

from terrarium.local.edge.tls import Authority

NOW = dt.datetime.now(dt.UTC)


def shaken(authority: Authority, name: str, trusted: Path | None = None) -> str:
    """The name that a client which trusts the authority is shown, without a socket between them."""
    client_in, client_out, server_in, server_out = (ssl.MemoryBIO() for _ in range(4))
    server = authority.server_context().wrap_bio(server_in, server_out, server_side=True)
    context = ssl.create_default_context(cafile=str(trusted or authority.certificate_file))
    client = context.wrap_bio(client_in, client_out, server_hostname=name)
    for _ in range(4):
        for side in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
            server_in.write(client_out.read())
            client_in.write(server_out.read())
    certificate = client.getpeercert()
    assert certificate is not None
    return str(certificate["subjectAltName"][0][1])


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "shop.localhost",
        "queue.shop.localhost",
        "abc.execute-api.us-east-1.amazonaws.com",
        "abc.lambda-url.us-east-1.on.aws",
    ],
)
def test_each_name_gets_a_certificate_that_the_authoritys_friends_believe(tmp_path: Path, name: str) -> None:
    assert shaken(Authority(tmp_path, NOW), name) == name


def test_the_authority_vouches_for_no_other_machine(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(Authority(tmp_path, NOW), "bank.example")


def test_the_authority_lasts_and_its_key_is_its_owners(tmp_path: Path) -> None:
    first = Authority(tmp_path, NOW).certificate_file.read_bytes()
    assert Authority(tmp_path, NOW).certificate_file.read_bytes() == first
    assert stat.S_IMODE((tmp_path / "ca.key").stat().st_mode) == 0o600
    assert {file.name for file in tmp_path.iterdir()} == {"ca.key", "ca.pem"}


def test_the_bundle_holds_everybodys_authorities_and_this_one(tmp_path: Path) -> None:
    authority = Authority(tmp_path, NOW)
    bundle = authority.bundle()
    assert authority.bundle() == bundle
    trusted = ssl.create_default_context(cafile=str(bundle)).get_ca_certs()
    assert any("Terrarium on this machine" in str(one["subject"]) for one in trusted)
    assert len(trusted) > 10


def test_an_authority_that_was_made_for_other_names_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("terrarium.local.edge.tls._NAMES", ("localhost", ".localhost"))
        Authority(tmp_path, NOW)
    assert shaken(Authority(tmp_path, NOW), "sqs.us-east-1.amazonaws.com") == "sqs.us-east-1.amazonaws.com"


def test_an_authority_that_is_about_to_expire_is_made_anew(tmp_path: Path) -> None:
    first = Authority(tmp_path, NOW - dt.timedelta(days=3600)).certificate_file.read_bytes()
    assert Authority(tmp_path, NOW).certificate_file.read_bytes() != first


def test_an_authority_that_cannot_be_read_is_made_anew(tmp_path: Path) -> None:
    Authority(tmp_path, NOW)
    (tmp_path / "ca.pem").write_text("half of a certif")
    assert shaken(Authority(tmp_path, NOW), "localhost") == "localhost"


def test_names_of_a_systems_own_are_vouched_for_by_an_authority_that_vouches_for_no_others(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tls", NOW)
    trusted = tmp_path / "authorities.pem"
    trusted.write_bytes(authority.vouch_for(["chat.example.com"], tmp_path / "own"))
    assert shaken(authority, "chat.example.com", trusted) == "chat.example.com"
    assert shaken(authority, "abc.execute-api.us-east-1.amazonaws.com", trusted).startswith("abc.")
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(authority, "bank.example", trusted)
    with pytest.raises(ssl.SSLCertVerificationError):  # whoever trusts the machine's own authority alone
        shaken(authority, "chat.example.com")
    authority.vouch_for([], tmp_path / "own")
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(authority, "chat.example.com", trusted)
