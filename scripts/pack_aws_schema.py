"""Packs the AWS provider's schema into the file that the wheel carries.

Use it when the provider's version changes, in a folder where `terraform init` has been run::

    terraform providers schema -json > /tmp/schema.json
    python scripts/pack_aws_schema.py /tmp/schema.json 5.100.0

The packed form keeps what checks what users write: names, types, whether required, optional, computed, sensitive or
write-only, and how blocks nest. Descriptions go. Every resource type is compressed alone, against a dictionary of
common text, so that reading one does not read the others.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "src" / "terrarium" / "model" / "schema"
PROVIDER = "registry.terraform.io/hashicorp/aws"
# Types whose text resembles that of many others.
COMMON = ("aws_s3_bucket", "aws_ecs_service", "aws_cloudfront_distribution", "aws_instance", "aws_lambda_function")
FLAGS = {
    "required": "r",
    "optional": "o",
    "computed": "c",
    "sensitive": "s",
    "write_only": "w",
    "deprecated": "d",
}


# Terraform's schema and its short form are JSON of many shapes.
def compact(block: dict[str, Any]) -> dict[str, Any]:
    """One block as short JSON: ``{"a": {name: [type, flags]}, "b": {name: [nesting, least, most, block]}}``."""

    def flags(attribute: dict[str, Any]) -> str:
        return "".join(letter for flag, letter in FLAGS.items() if attribute.get(flag))

    attributes = {
        name: [attribute.get("type", "dynamic"), flags(attribute)]
        for name, attribute in sorted(block.get("attributes", {}).items())
    }
    blocks = {
        name: [inner["nesting_mode"], inner.get("min_items", 0), inner.get("max_items", 0), compact(inner["block"])]
        for name, inner in sorted(block.get("block_types", {}).items())
    }
    return {"a": attributes} | ({"b": blocks} if blocks else {})


def text(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def deflate(data: bytes, dictionary: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return packer.compress(data) + packer.flush()


def main(source: Path, version: str) -> None:
    schema = json.loads(source.read_text())["provider_schemas"][PROVIDER]
    types = {
        f"{kind}:{name}": text(compact(entry["block"]))
        for kind, section in (("resource", "resource_schemas"), ("data", "data_source_schemas"))
        for name, entry in sorted(schema[section].items())
    }
    dictionary = b"".join(types[f"resource:{name}"] for name in COMMON)[-32768:]
    chunks, index, at = [], {}, 0
    for name, data in types.items():
        packed = deflate(data, dictionary)
        chunks.append(packed)
        index[name] = [at, len(packed)]
        at += len(packed)
    head = zlib.compress(text({"version": version, "dictionary": dictionary.decode(), "types": index}), 9)
    target = FOLDER / "aws.bin"
    target.write_bytes(struct.pack(">I", len(head)) + head + b"".join(chunks))
    print(f"{target.name}: {target.stat().st_size / 1024:.0f} KB, {len(index)} types of provider {version}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
