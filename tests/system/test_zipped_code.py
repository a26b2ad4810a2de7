"""Functions and layers whose code an architecture names as zips: files beside it, and objects of its buckets."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import boto3

from tests.system.architectures import write
from tests.system.conftest import PATIENCE, Up, terrarium

HANDLER = """
import subprocess

import greeting


def handler(event, context):
    return [greeting.text, subprocess.check_output(["tool"], text=True)]
"""
MORE = """
layers = [
    app.add("aws_lambda_layer_version", "words", layer_name="words", filename="words.zip"),
    app.add("aws_lambda_layer_version", "tools", layer_name="tools", filename="tools.zip"),
]
zipped = function("zipped", handler="app.handler")
zipped.resource.set(filename="code.zip", layers=[layer["arn"] for layer in layers])
"""
STORED = """
bucket = aws.Bucket(app, "code", name="mini-code")
stored = function("stored", handler="app.handler")
code = app.add("aws_s3_object", "code", bucket=bucket.resource["bucket"], key="code.zip", source="stored.zip")
stored.resource.set(filename=None, source_code_hash=None, s3_bucket=code["bucket"], s3_key=code["key"])
"""


def zip_of(**files: tuple[str, int]) -> bytes:
    """A zip of files with their text and mode; two underscores stand for a slash, one for a dot."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, (text, mode) in files.items():
            entry = zipfile.ZipInfo(name.replace("__", "/").replace("_", "."))
            entry.external_attr = mode << 16
            archive.writestr(entry, text)
    return packed.getvalue()


def test_code_and_layers_come_from_zips_and_the_last_layer_wins(up: Callable[..., Up], tmp_path: Path) -> None:
    file = write(tmp_path, more=MORE)
    first = zip_of(python__greeting_py=("text = 'first'", 0o644), bin__tool=("#!/bin/sh\necho ran\n", 0o755))
    (tmp_path / "code.zip").write_bytes(zip_of(app_py=(HANDLER, 0o644)))
    (tmp_path / "words.zip").write_bytes(first)
    (tmp_path / "tools.zip").write_bytes(zip_of(python__greeting_py=("text = 'last'", 0o644)))
    endpoint = f"http://127.0.0.1:{up(file).port}"
    answer = boto3.client("lambda", endpoint_url=endpoint).invoke(FunctionName="mini-zipped", Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == ["last", "ran\n"]
    functions = boto3.client("lambda", endpoint_url=endpoint)
    loaded = requested(functions.get_function(FunctionName="mini-zipped")["Code"]["Location"])
    assert loaded == (tmp_path / "code.zip").read_bytes()
    assert requested(functions.get_layer_version(LayerName="words", VersionNumber=1)["Content"]["Location"]) == first
    whole = functions.get_function(FunctionName="mini-echo")
    assert len(requested(whole["Code"]["Location"])) == whole["Configuration"]["CodeSize"]


def requested(url: str) -> bytes:
    """What anybody gets there who knows the address."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        data: bytes = answer.read()
    return data


def test_code_comes_from_an_object_of_a_bucket(up: Callable[..., Up], tmp_path: Path) -> None:
    file = write(tmp_path, more=STORED)
    text = "def handler(event, context): return 'from a bucket'"
    (tmp_path / "stored.zip").write_bytes(zip_of(app_py=(text, 0o644)))
    endpoint = f"http://127.0.0.1:{up(file).port}"
    answer = boto3.client("lambda", endpoint_url=endpoint).invoke(FunctionName="mini-stored", Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == "from a bucket"


def test_a_zip_that_is_none_is_named_with_its_place(tmp_path: Path) -> None:
    file = write(tmp_path, more=MORE)
    for name in ("code.zip", "words.zip", "tools.zip"):
        (tmp_path / name).write_text("no zip")
    done = terrarium(tmp_path, "up", str(file), "--port", "0")
    assert done.returncode != 0
    assert "words.zip, cannot be used: Could not unzip" in done.stderr
    assert "architecture.py:" in done.stderr
