"""DynamoDB: tables, batches, transactions, expiry."""

from __future__ import annotations

from typing import Any

from tests.fidelity.statement import source, untrue_here
from tests.fidelity.statements.tables import THINGS, made, refused, things
from tests.fidelity.targets.target import Target

CREATE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html"
DESCRIBE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html"
BATCH_WRITE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"
BATCH_GET = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"
TRANSACT_WRITE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"
TRANSACT_GET = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html"
TTL = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html"
SIMPLE: dict[str, Any] = {
    "KeySchema": THINGS["KeySchema"][:1],
    "AttributeDefinitions": THINGS["AttributeDefinitions"][:1],
    "BillingMode": "PAY_PER_REQUEST",
}


@source(DESCRIBE)
def test_describe(target: Target) -> None:
    """DescribeTable tells keys, status, ARN, billing and indexes."""
    table = things(target)
    told = table.dynamodb.describe_table(TableName=table.name)["Table"]
    assert told["TableStatus"] == "ACTIVE"
    assert told["KeySchema"] == THINGS["KeySchema"]
    assert told["TableArn"].startswith("arn:aws:dynamodb:")
    assert told["TableArn"].endswith(f":table/{table.name}")
    assert told["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert {index["IndexName"] for index in told["GlobalSecondaryIndexes"]} == {"byOwner", "keysOnly"}
    assert [index["IndexName"] for index in told["LocalSecondaryIndexes"]] == ["byColour"]


@source(DESCRIBE)
def test_describe_missing(target: Target) -> None:
    """DescribeTable of an unknown table names it."""
    with refused("ResourceNotFoundException") as error:
        target.client("dynamodb").describe_table(TableName="no-such-table")
    assert error.message == "Requested resource not found: Table: no-such-table not found"


@source(CREATE)
def test_create_twice(target: Target) -> None:
    """A table that exists cannot be created again."""
    table = things(target)
    with refused("ResourceInUseException") as error:
        table.dynamodb.create_table(TableName=table.name, **SIMPLE)
    assert error.message == f"Table already exists: {table.name}"


@source(CREATE)
def test_undefined_key(target: Target) -> None:
    """Each key attribute must be defined."""
    with refused("ValidationException"):
        target.client("dynamodb").create_table(
            TableName="fidelity-undefined", **SIMPLE | {"AttributeDefinitions": THINGS["AttributeDefinitions"][1:2]}
        )


@source(CREATE)
def test_unused_definition(target: Target) -> None:
    """An attribute that is no key may not be defined."""
    with refused("ValidationException"):
        target.client("dynamodb").create_table(
            TableName="fidelity-unused", **SIMPLE | {"AttributeDefinitions": THINGS["AttributeDefinitions"][:2]}
        )


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_short_name(target: Target) -> None:
    """A table's name has at least 3 characters."""
    with refused("ValidationException"):
        target.unchecked("dynamodb").create_table(TableName="ab", **SIMPLE)


@source("https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html")
def test_list_tables(target: Target) -> None:
    """ListTables is in the order of names, page by page."""
    names = sorted(made(target, **SIMPLE) for _ in range(2))
    pages = target.client("dynamodb").get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 1})
    listed = [name for page in pages for name in page["TableNames"]]
    assert [name for name in listed if name in names] == names


@source("https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html")
def test_delete_table(target: Target) -> None:
    """A deleted table is gone, with all its items."""
    name, dynamodb = made(target, **SIMPLE), target.client("dynamodb")
    assert dynamodb.delete_table(TableName=name)["TableDescription"]["TableStatus"] == "DELETING"
    dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    with refused("ResourceNotFoundException"):
        dynamodb.describe_table(TableName=name)


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html")
def test_deletion_protection(target: Target) -> None:
    """A protected table cannot be deleted."""
    name, dynamodb = made(target, **SIMPLE, DeletionProtectionEnabled=True), target.client("dynamodb")
    with refused("ValidationException") as error:
        dynamodb.delete_table(TableName=name)
    assert "deletion protection" in error.message.lower()
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)


@source(BATCH_WRITE)
def test_batch_write(target: Target) -> None:
    """BatchWriteItem puts and deletes, and leaves nothing unprocessed."""
    table = things(target)
    table.put(1)
    requests = [{"DeleteRequest": {"Key": table.key(1)}}, {"PutRequest": {"Item": table.key(2)}}]
    answer = table.dynamodb.batch_write_item(RequestItems={table.name: requests})
    assert answer["UnprocessedItems"] == {}
    assert table.numbers() == ["2"]


@source(BATCH_WRITE)
def test_batch_write_limit(target: Target) -> None:
    """BatchWriteItem takes 25 requests at most."""
    table = things(target)
    requests = [{"PutRequest": {"Item": table.key(n)}} for n in range(26)]
    with refused("ValidationException"):
        table.dynamodb.batch_write_item(RequestItems={table.name: requests})
    assert table.numbers() == []


@source(BATCH_WRITE)
def test_batch_write_duplicates(target: Target) -> None:
    """BatchWriteItem refuses two requests for one item."""
    table = things(target)
    requests = [{"PutRequest": {"Item": table.key()}}, {"DeleteRequest": {"Key": table.key()}}]
    with refused("ValidationException") as error:
        table.dynamodb.batch_write_item(RequestItems={table.name: requests})
    assert error.message == "Provided list of item keys contains duplicates"


@source(BATCH_GET)
def test_batch_get(target: Target) -> None:
    """BatchGetItem returns those that exist, in any order, and no word of the others."""
    table = things(target)
    table.put(1)
    table.put(2)
    keys = [table.key(n) for n in (1, 2, 3)]
    answer = table.dynamodb.batch_get_item(RequestItems={table.name: {"Keys": keys, "ConsistentRead": True}})
    assert sorted(item["n"]["N"] for item in answer["Responses"][table.name]) == ["1", "2"]
    assert answer["UnprocessedKeys"] == {}


@source(BATCH_GET)
def test_batch_get_limit(target: Target) -> None:
    """BatchGetItem takes 100 keys at most."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.batch_get_item(RequestItems={table.name: {"Keys": [table.key(n) for n in range(101)]}})
    assert "100" in error.message or "Too many items requested" in error.message


@source(BATCH_GET)
def test_batch_get_duplicates(target: Target) -> None:
    """BatchGetItem refuses a key that comes twice."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.batch_get_item(RequestItems={table.name: {"Keys": [table.key(), table.key()]}})
    assert error.message == "Provided list of item keys contains duplicates"


@source(TRANSACT_WRITE)
def test_transaction(target: Target) -> None:
    """TransactWriteItems puts, updates, deletes and checks, all at once."""
    table = things(target)
    table.put(2, a={"N": "1"})
    table.put(3)
    table.put(4, a={"S": "checked"})
    name = table.name
    table.dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": name, "Item": table.key(1)}},
            {
                "Update": {
                    "TableName": name,
                    "Key": table.key(2),
                    "UpdateExpression": "SET a = a + :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            },
            {"Delete": {"TableName": name, "Key": table.key(3)}},
            {
                "ConditionCheck": {
                    "TableName": name,
                    "Key": table.key(4),
                    "ConditionExpression": "attribute_exists(a)",
                }
            },
        ]
    )
    assert table.numbers() == ["1", "2", "4"]
    assert table.get(2) == {"a": {"N": "2"}}


def transaction(target: Target, *, old: bool = False) -> Any:
    """A transaction of two puts whose second one fails; the table and the error."""
    table = things(target)
    table.put(2, a={"S": "there"})
    failing: dict[str, Any] = {
        "TableName": table.name,
        "Item": table.key(2),
        "ConditionExpression": "attribute_not_exists(id)",
    }
    if old:
        failing["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    with refused("TransactionCanceledException") as error:
        table.dynamodb.transact_write_items(
            TransactItems=[{"Put": {"TableName": table.name, "Item": table.key(1)}}, {"Put": failing}]
        )
    return table, error


@source(TRANSACT_WRITE)
def test_transaction_is_all_or_nothing(target: Target) -> None:
    """Where one condition fails, nothing of the transaction is done."""
    table, _ = transaction(target)
    assert table.numbers() == ["2"]


@source(TRANSACT_WRITE)
def test_transaction_reasons(target: Target) -> None:
    """A cancelled transaction tells a reason for each of its items, None where it was fine."""
    _, error = transaction(target)
    assert [reason["Code"] for reason in error.response["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    assert error.message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"
    )


@source(TRANSACT_WRITE)
def test_transaction_old_item(target: Target) -> None:
    """With ReturnValuesOnConditionCheckFailure, the reason carries the item that stood in the way."""
    table, error = transaction(target, old=True)
    assert error.response["CancellationReasons"][1]["Item"] == table.key(2) | {"a": {"S": "there"}}


@source(TRANSACT_WRITE)
def test_transaction_duplicates(target: Target) -> None:
    """A transaction cannot touch one item twice."""
    table = things(target)
    put = {"Put": {"TableName": table.name, "Item": table.key()}}
    with refused("ValidationException") as error:
        table.dynamodb.transact_write_items(TransactItems=[put, put])
    assert error.message == "Transaction request cannot include multiple operations on one item"


@source(TRANSACT_WRITE)
def test_transaction_limit(target: Target) -> None:
    """A transaction has 100 items at most."""
    table = things(target)
    puts = [{"Put": {"TableName": table.name, "Item": table.key(n)}} for n in range(101)]
    with refused("ValidationException"):
        table.dynamodb.transact_write_items(TransactItems=puts)
    assert table.numbers() == []


@source(TRANSACT_WRITE)
def test_transaction_token(target: Target, fresh: str) -> None:
    """A transaction sent again with its ClientRequestToken is done once."""
    table = things(target)
    update = {
        "Update": {
            "TableName": table.name,
            "Key": table.key(),
            "UpdateExpression": "ADD a :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    for _ in range(2):
        table.dynamodb.transact_write_items(TransactItems=[update], ClientRequestToken=fresh[:36])
    assert table.get() == {"a": {"N": "1"}}


@source(TRANSACT_WRITE)
def test_transaction_token_mismatch(target: Target, fresh: str) -> None:
    """A ClientRequestToken cannot be used for another transaction."""
    table = things(target)
    for n in (1, 2):
        put = {"Put": {"TableName": table.name, "Item": table.key(n)}}
        if n == 1:
            table.dynamodb.transact_write_items(TransactItems=[put], ClientRequestToken=fresh[:36])
        else:
            with refused("IdempotentParameterMismatchException"):
                table.dynamodb.transact_write_items(TransactItems=[put], ClientRequestToken=fresh[:36])


@source(TRANSACT_GET)
def test_transact_get(target: Target) -> None:
    """TransactGetItems answers in the order of its request, with an empty entry for what is absent."""
    table = things(target)
    table.put(1)
    answer = table.dynamodb.transact_get_items(
        TransactItems=[{"Get": {"TableName": table.name, "Key": table.key(n)}} for n in (2, 1)]
    )
    assert answer["Responses"] == [{}, {"Item": table.key(1)}]


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html")
def test_transaction_capacity(target: Target) -> None:
    """A transaction's write costs twice as much."""
    table = things(target)
    answer = table.dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": table.name, "Item": table.key()}}], ReturnConsumedCapacity="TOTAL"
    )
    assert [one["CapacityUnits"] for one in answer["ConsumedCapacity"]] == [2.0]


@source(TTL)
def test_time_to_live(target: Target) -> None:
    """Time to live can be switched on for an attribute, and is described."""
    name, dynamodb = made(target, **SIMPLE), target.client("dynamodb")
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    told = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert told["TimeToLiveStatus"] in {"ENABLING", "ENABLED"}
    assert told["AttributeName"] == "expires"


@source(TTL)
def test_time_to_live_twice(target: Target) -> None:
    """Switching time to live on again is refused."""
    name, dynamodb = made(target, **SIMPLE), target.client("dynamodb")
    setting = {"Enabled": True, "AttributeName": "expires"}
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=setting)
    with refused("ValidationException"):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=setting)


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html")
def test_partiql(target: Target) -> None:
    """ExecuteStatement selects with PartiQL and parameters."""
    table = things(target)
    table.put(1, a={"S": "x"})
    found = table.dynamodb.execute_statement(
        Statement=f'SELECT a FROM "{table.name}" WHERE id = ? AND n = ?',
        Parameters=[{"S": table.id}, {"N": "1"}],
    )
    assert found["Items"] == [{"a": {"S": "x"}}]


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html")
def test_partiql_insert(target: Target) -> None:
    """A PartiQL INSERT of an item that exists is a DuplicateItemException."""
    table = things(target)
    table.put(1)
    with refused("DuplicateItemException"):
        table.dynamodb.execute_statement(
            Statement=f"INSERT INTO \"{table.name}\" VALUE {{'id': ?, 'n': ?}}",
            Parameters=[{"S": table.id}, {"N": "1"}],
        )


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html")
@untrue_here(
    "an access key that somebody chose is the owner's: only keys that the laptop handed out have a secret here"
)
def test_signature(target: Target) -> None:
    """A call that is signed with keys of nobody is an UnrecognizedClientException."""
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wrong"}
    with refused("UnrecognizedClientException"):
        target.client("dynamodb", aws_session_token=None, **keys).list_tables()
