"""User pools, their clients and groups: what Terraform's attributes become in Cognito's own words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.validate import validate_parameters

from terrarium.local.kinds import user_pools
from terrarium.local.registry import Entry

POOL = {
    "name": "people",
    "id": "us-east-1_abcdefghi",
    "mfa_configuration": "OFF",
    "auto_verified_attributes": ["email"],
    "admin_create_user_config": [
        {"allow_admin_create_user_only": True, "invite_message_template": [{"sms_message": "x"}]}
    ],
    "username_configuration": [{"case_sensitive": False}],
    "password_policy": [{"minimum_length": 12, "require_numbers": True, "require_symbols": None}],
    "schema": [
        {
            "name": "motto",
            "attribute_data_type": "String",
            "string_attribute_constraints": [{"max_length": "99"}],
        }
    ],
}
CLIENT = {
    "name": "page",
    "user_pool_id": POOL["id"],
    "explicit_auth_flows": ["ALLOW_USER_PASSWORD_AUTH"],
    "access_token_validity": 1,
    "token_validity_units": [{"access_token": "hours"}],
    "enable_token_revocation": True,
}
GROUP = {"name": "moderators", "user_pool_id": POOL["id"], "description": "May close rooms", "precedence": 0}


@pytest.mark.parametrize(
    ("operation", "params", "attributes"),
    [
        ("CreateUserPool", user_pools.pool, POOL),
        ("CreateUserPoolClient", user_pools.client, CLIENT),
        ("CreateGroup", user_pools.group, GROUP),
    ],
)
def test_what_is_asked_for_is_what_cognito_takes(
    operation: str, params: Callable[[Entry], dict[str, Any]], attributes: dict[str, Any]
) -> None:
    model = botocore.session.Session().get_service_model("cognito-idp")
    shape = model.operation_model(operation).input_shape
    assert shape is not None
    validate_parameters(params(Entry("a.b", "a", attributes)), shape)


def test_nested_blocks_and_unset_attributes_are_said_as_cognito_says_them() -> None:
    said = user_pools.pool(Entry("a.b", "a", POOL))
    assert said["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    policy = said["Policies"]["PasswordPolicy"]
    assert (policy["MinimumLength"], policy["RequireNumbers"], policy["RequireSymbols"]) == (12, True, False)
    assert said["Schema"][0]["StringAttributeConstraints"] == {"MaxLength": "99"}
    assert user_pools.group(Entry("a.b", "a", GROUP))["Precedence"] == 0
