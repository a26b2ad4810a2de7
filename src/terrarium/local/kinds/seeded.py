"""Kinds that moto answers for: what the architecture describes is there when SDKs ask, under the same ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from msgspec import Struct

from terrarium.local.api.identity import role_id
from terrarium.local.api.seeds import Seed
from terrarium.local.kinds import user_pools
from terrarium.local.kinds.kind import Parts, Passive
from terrarium.local.registry import Entry

# A call's parameters, as the operation defines them.
Params = dict[str, Any]


class Recipe(Struct, frozen=True):
    """How a resource is made by a call, and how a person looks at it.

    Attributes:
        service: botocore's name of the service.
        operation: The operation that makes it.
        params: Its parameters.
        undo: The operation that removes it, and its parameters.
        custom_id: The id that it shall get.
        look: A command that shows it.
    """

    service: str
    operation: str
    params: Callable[[Entry], Params]
    undo: Callable[[Entry], tuple[str, Params]] | None = None
    custom_id: Callable[[Entry], str] = lambda _: ""
    look: Callable[[Entry], str] = lambda _: ""


def _given(entry: Entry, **names: str) -> Params:
    """Parameters for those attributes that were written."""
    return {param: entry[attribute] for param, attribute in names.items() if entry.get(attribute) is not None}


def _key(entry: Entry) -> Params:
    return {
        "Description": entry.get("description", ""),
        "KeyUsage": entry.get("key_usage", "ENCRYPT_DECRYPT"),
        "KeySpec": entry.get("customer_master_key_spec", "SYMMETRIC_DEFAULT"),
    }


def _queue(entry: Entry) -> Params:
    attributes = _given(
        entry,
        VisibilityTimeout="visibility_timeout_seconds",
        MessageRetentionPeriod="message_retention_seconds",
        DelaySeconds="delay_seconds",
        ReceiveMessageWaitTimeSeconds="receive_wait_time_seconds",
        RedrivePolicy="redrive_policy",
    )
    if entry.get("fifo_queue"):
        attributes["FifoQueue"] = "true"
    return {"QueueName": entry["name"], "Attributes": {name: str(value) for name, value in attributes.items()}}


def _topic(entry: Entry) -> Params:
    return {"Name": entry["name"], "Attributes": _given(entry, KmsMasterKeyId="kms_master_key_id")}


def _secret_value(entry: Entry) -> Params:
    return {"SecretId": entry["secret_id"], "SecretString": str(entry.get("secret_string", ""))}


RECIPES: Mapping[str, Recipe] = {
    "aws_cognito_user_group": Recipe("cognito-idp", "CreateGroup", user_pools.group),
    "aws_cognito_user_pool": Recipe(
        "cognito-idp",
        "CreateUserPool",
        user_pools.pool,
        lambda entry: ("DeleteUserPool", {"UserPoolId": entry["id"]}),
        custom_id=lambda entry: str(entry["id"]).partition("_")[2],
        look=lambda entry: f"aws cognito-idp list-users --user-pool-id {entry['id']}",
    ),
    "aws_cognito_user_pool_client": Recipe(
        "cognito-idp",
        "CreateUserPoolClient",
        user_pools.client,
        lambda entry: (
            "DeleteUserPoolClient",
            {"UserPoolId": entry["user_pool_id"], "ClientId": entry["id"]},
        ),
        custom_id=lambda entry: str(entry["id"]),
    ),
    "aws_iam_role": Recipe(
        "iam",
        "CreateRole",
        lambda entry: {"RoleName": entry["name"], "AssumeRolePolicyDocument": entry["assume_role_policy"]},
        lambda entry: ("DeleteRole", {"RoleName": entry["name"]}),
        custom_id=lambda entry: role_id(entry["arn"]),
        look=lambda entry: f"aws iam get-role --role-name {entry['name']}",
    ),
    "aws_iam_role_policy": Recipe(
        "iam",
        "PutRolePolicy",
        lambda entry: {"RoleName": entry["role"], "PolicyName": entry["name"], "PolicyDocument": entry["policy"]},
        lambda entry: ("DeleteRolePolicy", {"RoleName": entry["role"], "PolicyName": entry["name"]}),
        look=lambda entry: f"aws iam get-role-policy --role-name {entry['role']} --policy-name {entry['name']}",
    ),
    "aws_kms_key": Recipe("kms", "CreateKey", _key, custom_id=lambda entry: str(entry["key_id"])),
    "aws_kms_alias": Recipe(
        "kms",
        "CreateAlias",
        lambda entry: {"AliasName": entry["name"], "TargetKeyId": entry["target_key_id"]},
        lambda entry: ("DeleteAlias", {"AliasName": entry["name"]}),
        look=lambda entry: f"aws kms describe-key --key-id {entry['name']}",
    ),
    "aws_secretsmanager_secret": Recipe(
        "secretsmanager",
        "CreateSecret",
        lambda entry: {"Name": entry["name"], **_given(entry, Description="description")},
        lambda entry: ("DeleteSecret", {"SecretId": entry["name"], "ForceDeleteWithoutRecovery": True}),
        custom_id=lambda entry: str(entry["arn"]).rpartition("-")[2],
        look=lambda entry: f"aws secretsmanager get-secret-value --secret-id {entry['name']}",
    ),
    "aws_secretsmanager_secret_version": Recipe("secretsmanager", "PutSecretValue", _secret_value),
    "aws_sns_topic": Recipe(
        "sns",
        "CreateTopic",
        _topic,
        lambda entry: ("DeleteTopic", {"TopicArn": entry["arn"]}),
        look=lambda entry: f"aws sns get-topic-attributes --topic-arn {entry['arn']}",
    ),
    "aws_sqs_queue": Recipe(
        "sqs",
        "CreateQueue",
        _queue,
        lambda entry: ("DeleteQueue", {"QueueUrl": entry["url"]}),
        look=lambda entry: f"aws sqs receive-message --queue-url {entry['url']}",
    ),
    "aws_ssm_parameter": Recipe(
        "ssm",
        "PutParameter",
        lambda entry: {"Name": entry["name"], "Type": entry["type"], "Value": str(entry["value"]), "Overwrite": True},
        lambda entry: ("DeleteParameter", {"Name": entry["name"]}),
        look=lambda entry: f"aws ssm get-parameter --name {entry['name']}",
    ),
}


class SeededKind(Passive):
    """Resources that a call to moto makes."""

    types: ClassVar[tuple[str, ...]] = tuple(RECIPES)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        recipe = RECIPES[entry.type]
        seed = Seed(
            recipe.service,
            recipe.operation,
            recipe.params(entry),
            undo=recipe.undo(entry) if recipe.undo else None,
            custom_id=recipe.custom_id(entry),
        )
        await self._parts.moto.seed(entry.address, seed)
        return {}

    def reached_at(self, entry: Entry) -> str:
        return RECIPES[entry.type].look(entry)
