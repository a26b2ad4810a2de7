"""``terrarium data``: what is in a system's tables."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from terrarium.cli.running import running_or_stored
from terrarium.cli.screen import errors, machine, output
from terrarium.cli.table_reader import Body, FromFiles, OverPort, Reader, items, table_names
from terrarium.errors import UserError, did_you_mean

_WIDEST_COLUMNS = 8


@click.command()
@click.argument("system", required=False, help="Its name; the only one with state, if not given.")
@click.argument("table", required=False, help="A table; all of them are listed, if not given.")
@click.option(
    "--key", multiple=True, metavar="NAME=VALUE", help="Only items with this key, name=value; twice for both keys."
)
@click.option("--index", help="Read this index instead of the table.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many items at most.")
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    help="Write every item to this file, .json, .jsonl or .csv.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def data(
    system: str | None,
    table: str | None,
    *,
    key: tuple[str, ...],
    index: str | None,
    limit: int,
    export: Path | None,
    as_json: bool,
) -> None:
    """Look into the tables of a system, whether it is up or not.

    Example: terrarium data tictactoe TicTacToeUsers --index statusIndex --key status=active
    """
    state, facts = running_or_stored(system)
    reader: Reader = FromFiles(state) if facts is None else OverPort(state.system, facts)
    if table is None:
        _list(reader, as_json=as_json)
        return
    described = _described(reader, table)
    operation, body = request(described, index, key)
    found = (plain(item) for item in items(reader, operation, body, None if export else limit))
    if export is not None:
        count = write(found, export)
        errors.print(f"{count} items written to {export}")
    elif as_json:
        machine(list(found))
    else:
        _show(list(found), described)


def request(table: Body, index: str | None, keys: Sequence[str]) -> tuple[str, Body]:
    """The call that reads what is asked for: a Query where a partition key is given, else a Scan.

    Args:
        table: The table as DescribeTable describes it.
        index: The index to read, if any.
        keys: ``name=value`` texts.

    Raises:
        UserError: There is no such index, or a name is no key of it.
    """
    schema = _schema(table, index)
    body: Body = {"TableName": table["TableName"]} | ({"IndexName": index} if index else {})
    if not keys:
        return "Scan", body
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    names = [one["AttributeName"] for one in schema]
    conditions, values, aliases = [], {}, {}
    for at, text in enumerate(keys):
        name, _, value = text.partition("=")
        if name not in names:
            raise UserError(
                f"{name!r} is no key here", hint=did_you_mean(name, names) or f"keys: {', '.join(names)}", exit_code=2
            )
        conditions.append(f"#k{at} = :v{at}")
        aliases[f"#k{at}"] = name
        values[f":v{at}"] = {types[name]: value}
    condition = {"KeyConditionExpression": " AND ".join(conditions), "ExpressionAttributeNames": aliases}
    return "Query", body | condition | {"ExpressionAttributeValues": values}


def plain(item: Body) -> Body:
    """An item with values as people write them."""
    from boto3.dynamodb.types import TypeDeserializer  # boto3 takes its time, and few commands need it

    read = TypeDeserializer()
    return {name: _readable(read.deserialize(value)) for name, value in item.items()}


def _readable(value: Any) -> Any:  # any value that an item can hold
    match value:
        case set() | frozenset():
            return sorted(map(_readable, value))
        case dict():
            return {name: _readable(inner) for name, inner in value.items()}
        case list():
            return [_readable(inner) for inner in value]
        case str() | bool() | None:
            return value
    if hasattr(value, "value"):  # boto3's Binary
        return base64.b64encode(value.value).decode()
    return int(value) if value == value.to_integral_value() else float(value)


def write(found: Iterator[Body], file: Path) -> int:
    """Writes items to a file in the form that its ending says; returns how many.

    Raises:
        UserError: The ending says nothing, or the file cannot be written.
    """
    writers = {".json": _write_json, ".jsonl": _write_lines, ".csv": _write_csv}
    if file.suffix not in writers:
        raise UserError(f"{file} ends in nothing that is known", hint="give it one of .json, .jsonl, .csv", exit_code=2)
    try:
        return writers[file.suffix](found, file)
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}") from error


def _write_json(found: Iterator[Body], file: Path) -> int:
    every = list(found)
    file.write_text(json.dumps(every, indent=2, ensure_ascii=False) + "\n")
    return len(every)


def _write_lines(found: Iterator[Body], file: Path) -> int:
    count = 0
    with file.open("w") as out:
        for item in found:
            out.write(json.dumps(item, ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_csv(found: Iterator[Body], file: Path) -> int:
    every = list(found)
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, _columns(every))
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in item.items()} for item in every)
    return len(every)


def _columns(found: Iterable[Body], first: Iterable[str] = ()) -> list[str]:
    """Every attribute of any item, keys first."""
    return list(dict.fromkeys([*first, *(name for item in found for name in item)]))


def _cell(value: Any) -> str:  # any value that an item can hold
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _schema(table: Body, index: str | None) -> list[Body]:
    if index is None:
        schema: list[Body] = table["KeySchema"]
        return schema
    known = {
        one["IndexName"]: one["KeySchema"]
        for kind in ("Global", "Local")
        for one in table.get(f"{kind}SecondaryIndexes", [])
    }
    if index not in known:
        hint = did_you_mean(index, known) or f"indexes: {', '.join(known) or 'none'}"
        raise UserError(f"{table['TableName']} has no index {index!r}", hint=hint, exit_code=2)
    return list(known[index])


def _described(reader: Reader, name: str) -> Body:
    known = table_names(reader)
    if name not in known:
        hint = did_you_mean(name, known) or f"tables: {', '.join(known) or 'none'}"
        raise UserError(f"there is no table {name!r}", hint=hint, exit_code=2)
    table: Body = reader.call("DescribeTable", {"TableName": name})["Table"]
    return table


def _list(reader: Reader, *, as_json: bool) -> None:
    tables = [_described(reader, name) for name in table_names(reader)]
    if as_json:
        machine(tables)
        return
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("table", "items", "bytes", "key", "indexes"):
        shown.add_column(title, overflow="fold")
    for one in tables:
        names = " ".join(
            index["IndexName"] for kind in ("Global", "Local") for index in one.get(f"{kind}SecondaryIndexes", [])
        )
        key = ", ".join(part["AttributeName"] for part in one["KeySchema"])
        shown.add_row(one["TableName"], str(one["ItemCount"]), str(one["TableSizeBytes"]), key, names)
    output.print(shown if tables else "there are no tables")


def _show(found: list[Body], table: Body) -> None:
    if not found:
        output.print("no items")
        return
    keys = [part["AttributeName"] for part in table["KeySchema"]]
    columns = _columns(found, keys)
    if len(columns) > _WIDEST_COLUMNS:  # more would be unreadable side by side
        for item in found:
            output.print_json(data=item)
        return
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        shown.add_column(name, overflow="fold", style="bold" if name in keys else "")
    for item in found:
        shown.add_row(*(_cell(item[name]) if name in item else "" for name in columns))
    output.print(shown)
