"""The AWS provider itself: it makes buckets with all that can be set on them, finds no difference, and removes them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.local.api.s3.conftest import Place
from tests.unit.terraform.commands import initialised, terraform, written

# A lifecycle configuration is left out: the provider reads it for a minute before it believes it.
ARCHITECTURE = (Path(__file__).parent / "buckets.tf").read_text()


@pytest.mark.terraform
@pytest.mark.slow
@pytest.mark.timeout(400)  # the provider starts three times, and waits of its own accord
async def test_buckets_are_as_they_are_written(s3: Place, tmp_path: Path) -> None:
    folder = written(tmp_path / "terraform", {"main.tf": ARCHITECTURE.replace("ENDPOINT", s3.url), "file.txt": "leaf"})
    await asyncio.to_thread(initialised, folder)

    applied = await asyncio.to_thread(terraform, folder, "apply", "-auto-approve", "-no-color")
    assert applied.returncode == 0, applied.stderr
    planned = await asyncio.to_thread(terraform, folder, "plan", "-detailed-exitcode", "-no-color")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert len(s3.objects.buckets()) == 3
    # The plan has just looked at everything.
    destroyed = await asyncio.to_thread(terraform, folder, "destroy", "-auto-approve", "-refresh=false", "-no-color")
    assert destroyed.returncode == 0, destroyed.stderr
    assert not s3.objects.buckets()
