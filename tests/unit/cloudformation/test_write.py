"""Tables as a CloudFormation template."""

from __future__ import annotations

from typing import Any

# A reader by other hands than ours, without types; moto brings it along.
import yaml as reader  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from terrarium import Architecture, aws
from terrarium.cloudformation import yaml
from terrarium.cloudformation.write import write
from terrarium.load import load
from terrarium.model.resolve import resolve


# A template of any shape.
def template(app: Architecture, **values: Any) -> dict[str, Any]:
    text = write(resolve(app, values)).text
    assert text is not None
    read: dict[str, Any] = reader.safe_load(text)
    return read


def test_tictactoes_table_is_the_one_of_its_document() -> None:
    assert template(load("tictactoe"))["Resources"] == {
        "TicTacToeUsersTable": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "TicTacToeUsers",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": "connectionId", "AttributeType": "S"},
                    {"AttributeName": "status", "AttributeType": "S"},
                    {"AttributeName": "joinedAt", "AttributeType": "S"},
                ],
                "KeySchema": [{"AttributeName": "connectionId", "KeyType": "HASH"}],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "statusIndex",
                        "KeySchema": [
                            {"AttributeName": "status", "KeyType": "HASH"},
                            {"AttributeName": "joinedAt", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
                "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
                "SSESpecification": {"SSEEnabled": True},
            },
        }
    }


def test_choices_of_the_deployer_are_in_it() -> None:
    app = Architecture("shop")
    billing = app.variable("billing", "PAY_PER_REQUEST", "Billing", one_of=["PAY_PER_REQUEST", "PROVISIONED"])
    aws.Table(
        app, "t", name="my-table", key="a", billing=billing, read_capacity=3, write_capacity=4, ttl="at",
        indexes={"i": "b"}, numbers=["b"], protected=True,
    )  # fmt: skip
    made = template(app, billing="PROVISIONED")["Resources"]["MyTableTable"]["Properties"]
    units = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}
    assert made["ProvisionedThroughput"] == units
    assert made["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == units
    assert made["TimeToLiveSpecification"] == {"AttributeName": "at", "Enabled": True}
    assert made["DeletionProtectionEnabled"] is True
    assert made["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert "ProvisionedThroughput" not in template(app)["Resources"]["MyTableTable"]["Properties"]


def test_what_it_cannot_hold_is_named_with_the_reason() -> None:
    app = Architecture("shop")
    key = aws.Key(app, "key")
    aws.Table(app, "secret", name="Secret", key="a", encryption=key)
    aws.Table(app, "plain", name="Plain", key="a").resource.set(restore_source_name="Old")
    made = write(resolve(app))
    assert made.text is None
    assert made.left_out["aws_kms_key.key"] == "not a table"
    assert made.left_out["aws_dynamodb_table.secret"] == "needs aws_kms_key.key.arn, which another resource decides"
    assert made.left_out["aws_dynamodb_table.plain"] == "its restore_source_name has no counterpart here"


def test_two_names_that_differ_only_in_punctuation_get_two_ids() -> None:
    app = Architecture("shop")
    for label, name in (("a", "users.old"), ("b", "users-old")):
        aws.Table(app, label, name=name, key="id")
    assert list(template(app)["Resources"]) == ["UsersOldTable", "UsersOldTable2"]


PLAIN = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
NESTED = st.recursive(
    PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text("aNo:0- #é"), inner), max_leaves=12
)


@given(st.dictionaries(st.text("aNo:0- #'\"é"), NESTED, min_size=1))
def test_what_is_written_as_yaml_reads_back_the_same(value: dict[str, Any]) -> None:
    assert reader.safe_load(yaml.document(value)) == value
