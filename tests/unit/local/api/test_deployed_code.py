"""Deployed code as zips: what was uploaded, or what would be shipped, under links that are good for ten minutes."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from terrarium.local.api.lambda_control.code import CodeStore
from terrarium.local.api.lambda_control.deployed import KEPT, DeployedCode
from terrarium.model.bundles import file_function
from terrarium.model.expressions import Bundle
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import serving


@dataclass
class Deployed:
    code: DeployedCode
    clock: ManualClock
    session: aiohttp.ClientSession
    folder: Path

    async def loaded(self, link: str) -> tuple[int, bytes]:
        async with self.session.get(link) as answer:
            return answer.status, await answer.read()


@pytest.fixture
async def deployed(tmp_path: Path) -> AsyncIterator[Deployed]:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "one.py").write_text("first = 1\n")
    clock, address = ManualClock(), [""]
    code = DeployedCode(tmp_path / "packed", lambda: address[0], clock)
    async with serving(code.handle) as url, aiohttp.ClientSession() as session:
        address[0] = f"{url}/_terrarium/code"
        yield Deployed(code, clock, session, tmp_path)


def own(deployed: Deployed) -> Bundle:
    return Bundle((("", deployed.folder / "own"),), "one")


async def test_a_link_leads_to_the_zip_whose_size_and_hash_are_told(deployed: Deployed) -> None:
    package = deployed.code.package(own(deployed))
    status, data = await deployed.loaded(deployed.code.link(own(deployed), "one"))
    assert (status, len(data)) == (200, package.size)
    assert base64.b64encode(hashlib.sha256(data).digest()).decode() == package.sha256
    assert zipfile.ZipFile(io.BytesIO(data)).read("one.py") == b"first = 1\n"


async def test_the_zip_is_the_one_that_terraform_ships(deployed: Deployed) -> None:
    assert deployed.code.package(own(deployed)).sha256 == file_function("filebase64sha256", own(deployed))


async def test_changed_code_has_another_zip_and_an_older_link_the_old_one(deployed: Deployed) -> None:
    before = deployed.code.link(own(deployed), "one")
    (deployed.folder / "own" / "one.py").write_text("second = 2\n")
    after = deployed.code.link(own(deployed), "one")
    zips = [zipfile.ZipFile(io.BytesIO((await deployed.loaded(link))[1])) for link in (before, after)]
    assert [one.read("one.py") for one in zips] == [b"first = 1\n", b"second = 2\n"]


async def test_what_was_uploaded_comes_back_byte_for_byte(deployed: Deployed) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.py", "uploaded = True")
    code = CodeStore(deployed.folder / "uploaded").unpack(packed.getvalue())
    bundle = Bundle((("", code.folder),), "one")
    assert deployed.code.package(bundle).sha256 == code.sha256
    assert await deployed.loaded(deployed.code.link(bundle, "one")) == (200, packed.getvalue())


async def test_a_link_is_good_for_ten_minutes_and_nobody_finds_another(deployed: Deployed) -> None:
    link = deployed.code.link(own(deployed), "one")
    await deployed.clock.advance(599)
    assert (await deployed.loaded(link))[0] == 200
    assert (await deployed.loaded(link.replace("/one.zip", "x/one.zip")))[0] == 403
    await deployed.clock.advance(1)
    assert (await deployed.loaded(link))[0] == 403


async def test_zips_of_older_code_are_dropped(deployed: Deployed) -> None:
    for number in range(KEPT + 2):
        (deployed.folder / "own" / "one.py").write_text(f"number = {number:09}\n" * (number + 1))
        deployed.code.package(own(deployed))
    assert len(list((deployed.folder / "packed").iterdir())) == KEPT


def test_what_nothing_uses_goes_with_its_zip(tmp_path: Path) -> None:
    store, codes = CodeStore(tmp_path), []
    for text in ("one", "two"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("one.py", text)
        codes.append(store.unpack(packed.getvalue()))
    store.prune([codes[0].folder])
    assert {one.name for one in tmp_path.iterdir()} == {codes[0].folder.name, f"{codes[0].folder.name}.zip"}
