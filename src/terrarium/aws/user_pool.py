"""People who sign in: a user pool of Amazon Cognito (https://docs.aws.amazon.com/cognito/latest/developerguide/)."""

from __future__ import annotations

from terrarium.model.conditions import choose, negate
from terrarium.model.expressions import Value
from terrarium.model.graph import Module, Resource


class UserPool:
    """Accounts with a name, a password and an e-mail address.

    Names are the same in capital and small letters, passwords are long rather than odd, and a forgotten one is
    replaced by e-mail only.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        name: Its name in AWS; from the architecture's prefix, if not given.
        sign_up: Whether people make accounts themselves; else whoever runs the pool makes them.
        password_length: Characters of the shortest password.
        protected: Whether AWS refuses to delete it.
    """

    def __init__(
        self,
        scope: Module,
        label: str,
        *,
        name: Value = None,
        sign_up: Value = False,
        password_length: Value = 12,
        protected: Value = False,
    ) -> None:
        self.scope = scope
        self.label = label
        with scope.layer("sign_in"):
            self.resource = scope.add(
                "aws_cognito_user_pool",
                label,
                name=f"{scope.prefix}-{label}" if name is None else name,
                auto_verified_attributes=["email"],
                deletion_protection=choose(protected, "ACTIVE", "INACTIVE"),
                admin_create_user_config={"allow_admin_create_user_only": negate(sign_up)},
                username_configuration={"case_sensitive": False},
                password_policy={"minimum_length": password_length, "temporary_password_validity_days": 7},
                account_recovery_setting={"recovery_mechanism": [{"name": "verified_email", "priority": 1}]},
            )

    @property
    def issuer(self) -> Value:
        """What its tokens name as their issuer: the address below which the keys are that verify them."""
        return f"https://{self.resource['endpoint']}"

    def client(self, label: str, *, hours: Value = 1, days: Value = 30) -> Resource:
        """A program that signs people in: a page or an app, which can keep no secret.

        People's passwords go to Cognito itself, over TLS. It does not tell whether a name is known.

        Args:
            label: Its name in the module.
            hours: For how long an access token lets in.
            days: For how long somebody stays signed in without their password.
        """
        with self.scope.layer("sign_in"):
            return self.scope.add(
                "aws_cognito_user_pool_client",
                label,
                name=label,
                user_pool_id=self.resource["id"],
                explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                prevent_user_existence_errors="ENABLED",
                enable_token_revocation=True,
                access_token_validity=hours,
                id_token_validity=hours,
                refresh_token_validity=days,
                token_validity_units={"access_token": "hours", "id_token": "hours", "refresh_token": "days"},
            )

    def group(self, label: str, description: str) -> Resource:
        """A group, which stands in the tokens of everybody who is in it.

        Args:
            label: Its name, in the module and in the tokens.
            description: What being in it means.
        """
        with self.scope.layer("sign_in"):
            return self.scope.add(
                "aws_cognito_user_group",
                label,
                name=label,
                user_pool_id=self.resource["id"],
                description=description,
            )
