"""What a table demands of its items and keys: the key attributes, their types and lengths, the item's size.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from terrarium.local.data.tables.errors import INVALID, NOT_VALID, ItemRefusedError, validation
from terrarium.local.data.tables.expressions.tree import Path
from terrarium.local.data.tables.model.table import Index, Keys, Table
from terrarium.local.data.tables.values.size import value_size
from terrarium.local.data.tables.values.wire import AttributeValue, Item, kind_of

LARGEST_ITEM = 400 * 1024  # bytes
LONGEST_HASH = 2048  # bytes
LONGEST_RANGE = 1024  # bytes
_SURELY_SHORT = LONGEST_RANGE // 4  # characters of a key, whatever they take in UTF-8
PAGE = 1024 * 1024  # bytes that one Query or Scan reads
BATCH = 16 * 1024 * 1024  # bytes that one BatchGetItem returns

_MISMATCH = "The provided key element does not match the schema"
_EMPTY_WORDS = {"S": "string", "B": "binary"}


def check_key(key: Item, keys: Keys) -> None:
    """Refuses a key that is not exactly the schema's attributes in their types.

    Raises:
        AwsError: ValidationException.
    """
    if len(key) != len(keys.names):
        raise ItemRefusedError(_MISMATCH)
    for name, kind in keys.types.items():
        value = key.get(name)
        if value is None or kind not in value:
            raise ItemRefusedError(_MISMATCH)
        if not 0 < len(value[kind]) <= _SURELY_SHORT:
            _check_not_empty(name, value, INVALID)
            _check_length(value, is_hash=name == keys.hash)


def check_item(item: Item, table: Table) -> None:
    """Refuses an item without its key, or with index keys of another type."""
    for name, kind in table.keys.types.items():
        value = item.get(name)
        if value is None:
            raise _invalid(f"Missing the key {name} in the item")
        if kind not in value:
            raise _invalid(f"Type mismatch for key {name} expected: {kind} actual: {kind_of(value)}")
        if not 0 < len(value[kind]) <= _SURELY_SHORT:
            _check_not_empty(name, value, NOT_VALID)
            _check_length(value, is_hash=name == table.keys.hash)
    if table.indexes:
        check_index_keys(item, table)


def check_index_keys(item: Item, table: Table) -> None:
    """Refuses values of an index's key attributes that it could not hold; without a value it just has no entry."""
    for index in table.indexes:
        for name, kind in index.keys.types.items():
            if name in item:
                _check_index_key(item[name], name, kind, index)


def _check_index_key(value: AttributeValue, name: str, kind: str, index: Index) -> None:
    if kind_of(value) != kind:
        raise _invalid(
            f"Type mismatch for Index Key {name} Expected: {kind} Actual: {kind_of(value)} IndexName: {index.name}"
        )
    if value[kind] == "":
        raise ItemRefusedError(
            f"{NOT_VALID}A value specified for a secondary index key is not supported. The AttributeValue for a key "
            f"attribute cannot contain an empty {_EMPTY_WORDS[kind]} value. IndexName: {index.name}, IndexKey: {name}"
        )
    _check_length(value, is_hash=name == index.keys.hash)


def too_large(*, updating: bool) -> ItemRefusedError:
    """Refuses an item that is larger than `LARGEST_ITEM`; `updating` chooses the words."""
    return ItemRefusedError(f"Item size {'to update ' if updating else ''}has exceeded the maximum allowed size")


def check_paths(paths: Iterable[Path], table: Table, *, updating: bool = False) -> None:
    """Refuses paths into a key, which holds no document, and updates of it."""
    scalars: Mapping[str, str] = {name: "IndexKey" for index in table.indexes for name in index.keys.names}
    scalars = {**scalars, **dict.fromkeys(table.keys.names, "Key")}
    for path in paths:
        name = str(path.elements[0])
        if updating and name in table.keys.names:
            raise _invalid(f"Cannot update attribute {name}. This attribute is part of the key")
        if len(path.elements) > 1 and name in scalars:
            raise validation(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
                f"{scalars[name]}: {name}"
            )


def _check_not_empty(name: str, value: AttributeValue, opening: str) -> None:
    kind, content = next(iter(value.items()))
    if content == "":
        raise ItemRefusedError(
            f"{opening}The AttributeValue for a key attribute cannot contain an empty {_EMPTY_WORDS[kind]} value. "
            f"Key: {name}"
        )


def _check_length(value: AttributeValue, *, is_hash: bool) -> None:
    if kind_of(value) == "N":
        return
    if is_hash and value_size(value) > LONGEST_HASH:
        # The missing space is AWS's.
        raise _invalid("Size of hashkey has exceeded the maximum size limit of2048 bytes")
    if not is_hash and value_size(value) > LONGEST_RANGE:
        raise _invalid("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")


def _invalid(message: str) -> ItemRefusedError:
    return ItemRefusedError(INVALID + message)
