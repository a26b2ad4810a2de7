"""How a Cognito user pool, its clients and its groups are said to Cognito's API, from Terraform's attributes.

It knows no moto and no tokens: parameters in Terraform's words go in, parameters in the API's words come out.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terrarium.local.registry import Entry

# A call's parameters, as the operation defines them.
Params = dict[str, Any]

_POOL = ("alias_attributes", "auto_verified_attributes", "mfa_configuration", "username_attributes")
_POOL_BLOCKS = {
    "username_configuration": "UsernameConfiguration",
    "verification_message_template": "VerificationMessageTemplate",
}
# Terraform says false of what a policy leaves out; moto would take it for true.
_NOT_REQUIRED = {f"Require{what}": False for what in ("Lowercase", "Numbers", "Symbols", "Uppercase")}
_CLIENT = (
    "access_token_validity", "auth_session_validity", "enable_token_revocation", "explicit_auth_flows",
    "generate_secret", "id_token_validity", "prevent_user_existence_errors", "read_attributes",
    "refresh_token_validity", "write_attributes",
)  # fmt: skip


def pool(entry: Entry) -> Params:
    """What ``CreateUserPool`` is asked for."""
    only_admins = bool(entry.block("admin_create_user_config").get("allow_admin_create_user_only"))
    params = {
        "PoolName": entry["name"],
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": only_admins},
        **_named(entry.values, _POOL),
    }
    for block, name in _POOL_BLOCKS.items():
        if entry.block(block):
            params[name] = _camel(entry.block(block))
    if policy := entry.block("password_policy"):
        params["Policies"] = {"PasswordPolicy": _NOT_REQUIRED | _camel(policy)}
    if schema := entry.get("schema"):
        params["Schema"] = [_camel(attribute) for attribute in schema]
    return params


def client(entry: Entry) -> Params:
    """What ``CreateUserPoolClient`` is asked for."""
    params = {
        "UserPoolId": entry["user_pool_id"],
        "ClientName": entry["name"],
        **_named(entry.values, _CLIENT),
    }
    if units := entry.block("token_validity_units"):
        params["TokenValidityUnits"] = _camel(units)
    return params


def group(entry: Entry) -> Params:
    """What ``CreateGroup`` is asked for."""
    return {
        "UserPoolId": entry["user_pool_id"],
        "GroupName": entry["name"],
        **_named(entry.values, ("description", "precedence", "role_arn")),
    }


# Attributes are of any type; nested blocks are lists of one mapping.
def _named(attributes: Mapping[str, Any], names: tuple[str, ...]) -> Params:
    return {_word(name): attributes[name] for name in names if attributes.get(name) is not None}


def _camel(block: Mapping[str, Any]) -> Params:
    return {_word(name): _inner(value) for name, value in block.items() if value is not None}


def _inner(value: Any) -> Any:
    return _camel(value[0]) if isinstance(value, list) and value and isinstance(value[0], dict) else value


def _word(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
