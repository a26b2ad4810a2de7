"""PartiQL: the same tables, asked in another language."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local.data.tables.desk import Desk, index, plain, value, wire


async def run(desk: Desk, statement: str, *parameters: Any, **more: Any) -> list[dict[str, Any]]:
    body: dict[str, Any] = {"Statement": statement, **more}
    if parameters:
        body["Parameters"] = [value(each) for each in parameters]
    return [plain(item) for item in (await desk.tables.call("ExecuteStatement", body))["Items"]]


async def board(desk: Desk) -> None:
    await desk.create(range="turn N", attributes=["player S"], GlobalSecondaryIndexes=[index("byPlayer", "player")])
    for turn in range(5):
        await desk.put(id="a", turn=turn, player="x" if turn % 2 else "o", deep={"n": [turn]})
    await desk.put(id="b", turn=0)


@pytest.mark.parametrize(
    ("where", "parameters", "turns"),
    [
        ("id = 'a'", [], [0, 1, 2, 3, 4]),
        ("id = ? AND turn > ?", ["a", 2], [3, 4]),
        ("id = 'a' AND turn BETWEEN 1 AND 2", [], [1, 2]),
        ("id = 'a' AND turn IN [1, 3]", [], [1, 3]),
        ("id = 'a' AND player = 'x' ORDER BY turn DESC", [], [3, 1]),
        ("id = 'a' AND deep.n[0] >= 3", [], [3, 4]),
        ("id = 'a' AND NOT (turn = 1 OR turn = 2)", [], [0, 3, 4]),
        ("id = 'b' AND player IS MISSING", [], [0]),
        ("id = 'b' AND player IS NOT MISSING", [], []),
        ("id = 'a' AND begins_with(player, 'x') AND contains(player, 'x') AND size(player) = 1", [], [1, 3]),
    ],
)
async def test_a_select_finds_what_its_condition_says(
    desk: Desk, where: str, parameters: list[Any], turns: list[int]
) -> None:
    await board(desk)
    found = await run(desk, f'SELECT * FROM "Games" WHERE {where}', *parameters)
    assert [item["turn"] for item in found] == turns


async def test_a_select_without_a_partition_looks_everywhere(desk: Desk) -> None:
    await board(desk)
    assert len(await run(desk, "SELECT id FROM Games")) == 6
    assert await run(desk, "SELECT deep.n, turn FROM Games WHERE player = 'o' AND turn = 4") == [
        {"deep": {"n": [4]}, "turn": 4}
    ]


async def test_a_select_reads_an_index(desk: Desk) -> None:
    await board(desk)
    assert len(await run(desk, 'SELECT * FROM "Games"."byPlayer" WHERE player = ?', "x")) == 2


async def test_pages_follow_each_other_by_their_token(desk: Desk) -> None:
    await board(desk)
    body: dict[str, Any] = {"Statement": "SELECT turn FROM Games WHERE id = 'a'", "Limit": 2}
    turns: list[str] = []
    while True:
        answer = await desk.tables.call("ExecuteStatement", body)
        turns += [item["turn"]["N"] for item in answer["Items"]]
        if "NextToken" not in answer:
            break
        body["NextToken"] = answer["NextToken"]
    assert turns == ["0", "1", "2", "3", "4"]


async def test_an_insert_makes_an_item_once(desk: Desk) -> None:
    await desk.create()
    statement = (
        "INSERT INTO Games VALUE {'id': ?, 'n': -1.5, 'set': <<'a', 'b'>>, 'list': [TRUE, NULL, {'k': 'it''s'}]}"
    )
    assert await run(desk, statement, "a") == []
    expected = {"id": "a", "n": value(-1), "set": {"a", "b"}, "list": [True, None, {"k": "it's"}]}
    assert await desk.get(id="a") == expected | {"n": plain({"n": {"N": "-1.5"}})["n"]}
    error = await desk.refused("ExecuteStatement", Statement=statement, Parameters=[value("a")])
    assert (error.code, error.message) == ("DuplicateItemException", "Duplicate primary key exists in table")


async def test_an_update_changes_one_item_and_returns_it(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1, tags={"x"}, old=True)
    statement = (
        "UPDATE Games SET n = n + ? SET tags = set_add(tags, <<'y'>>) SET more = list_append([1], [2]) REMOVE old "
        "WHERE id = 'a' AND n = 1 RETURNING ALL NEW *"
    )
    assert await run(desk, statement, 4) == [{"id": "a", "n": 5, "tags": {"x", "y"}, "more": [1, 2]}]
    error = await desk.refused("ExecuteStatement", Statement=statement, Parameters=[value(4)])
    assert error.code == "ConditionalCheckFailedException"
    error = await desk.refused("ExecuteStatement", Statement="UPDATE Games SET n = 1 WHERE id = 'never'")
    assert error.code == "ConditionalCheckFailedException"


async def test_a_delete_deletes_one_item(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1)
    error = await desk.refused("ExecuteStatement", Statement="DELETE FROM Games WHERE id = 'a' AND n = 2")
    assert error.code == "ConditionalCheckFailedException"
    assert await run(desk, "DELETE FROM Games WHERE id = 'a' RETURNING ALL OLD *") == [{"id": "a", "n": 1}]
    assert await run(desk, "DELETE FROM Games WHERE id = 'a'") == []


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("", []),
        ("SELECT", []),
        ("SELECT * FROM Games WHERE", []),
        ("SELECT * FROM Games WHERE id = ?", []),
        ("SELECT * FROM Games", ["a"]),
        ("SELECT * FROM Games WHERE id = 'a' 'b'", []),
        ("DELETE FROM Games WHERE n = 1", []),
        ("UPDATE Games WHERE id = 'a'", []),
        ("UPDATE Games SET id = 'b' WHERE id = 'a'", []),
        ("UPDATE Games SET n = 1 WHERE id = 'a' RETURNING", []),
        ("INSERT INTO Games VALUE 'a'", []),
        ("INSERT INTO Games VALUE {'n': 1}", []),
        ("EXISTS(SELECT * FROM Games WHERE id = 'a')", []),
        ("SELECT * FROM Games ORDER BY id", []),
        ("SELECT * FROM Games WHERE " + "(" * 3000, []),
        ("INSERT INTO Games VALUE " + "[" * 3000, []),
        ("DROP TABLE Games", []),
        ("SELECT * FROM Games; --", []),
    ],
)
async def test_a_statement_that_means_nothing_is_refused(desk: Desk, statement: str, parameters: list[Any]) -> None:
    await desk.create()
    await desk.put(id="a")
    body = {"Parameters": [value(each) for each in parameters]} if parameters else {}
    assert (await desk.refused("ExecuteStatement", Statement=statement, **body)).code == "ValidationException"
    assert await desk.get(id="a") == {"id": "a"}


async def test_statements_of_a_batch_succeed_or_fail_one_by_one(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1)
    insert = {"Statement": "INSERT INTO Games VALUE {'id': ?}"}
    statements = [{**insert, "Parameters": [value(key)]} for key in ("a", "b")]
    first, second = (await desk.call("BatchExecuteStatement", Statements=statements))["Responses"]
    assert first["Error"]["Code"] == "DuplicateItem"
    assert second == {"TableName": "Games"}
    reads = [{"Statement": f"SELECT n FROM Games WHERE {where}"} for where in ("id = 'a'", "n = 1")]
    found, refused = (await desk.call("BatchExecuteStatement", Statements=reads))["Responses"]
    assert found["Item"] == wire(n=1)
    assert refused["Error"]["Code"] == "ValidationError"


async def test_statements_of_a_transaction_are_all_done_or_none(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1)
    insert = {"Statement": "INSERT INTO Games VALUE {'id': 'new'}"}
    exists = {"Statement": "EXISTS(SELECT * FROM Games WHERE id = 'a' AND n = ?)"}
    error = await desk.refused("ExecuteTransaction", TransactStatements=[insert, {**exists, "Parameters": [value(2)]}])
    assert [reason["Code"] for reason in error.fields["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    assert await desk.get(id="new") is None
    await desk.call("ExecuteTransaction", TransactStatements=[insert, {**exists, "Parameters": [value(1)]}])
    assert await desk.get(id="new") == {"id": "new"}
    reads = [{"Statement": f"SELECT * FROM Games WHERE id = '{key}'"} for key in ("new", "never")]
    answer = await desk.call("ExecuteTransaction", TransactStatements=reads)
    assert answer["Responses"] == [{"Item": wire(id="new")}, {}]
