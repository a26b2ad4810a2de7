"""Who may connect: whoever shows an access token of the user pool. API Gateway asks before $connect.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from functools import cache
from typing import Any

import tokens

PATIENCE = 3  # seconds for the keys


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Let in with name and groups, or deny. A denial is a 403; a function that raised would count as a failure."""
    token = (event.get("queryStringParameters") or {}).get("token", "")
    issuer, client = os.environ["ISSUER"], os.environ["CLIENT_ID"]
    try:
        claims = tokens.verified(token, keys(issuer), issuer=issuer, client=client, now=time.time())
    except tokens.BadTokenError as error:
        print(f"refused: {error}")  # noqa: T201  # a function's log is what it prints
        return policy("nobody", "Deny", event["methodArn"])
    # The user's id is `sub`: a name may be given to somebody else one day.
    context = {
        "userId": claims["sub"],
        "username": claims["username"],
        "groups": ",".join(claims.get("cognito:groups", ())),
    }
    return {**policy(claims["sub"], "Allow", event["methodArn"]), "context": context}


@cache
def keys(issuer: str) -> tokens.Keys:
    """The keys of a user pool, kept as long as this process lives."""

    def fetch() -> Any:
        with urllib.request.urlopen(f"{issuer}/.well-known/jwks.json", timeout=PATIENCE) as answer:  # noqa: S310  # https, from our own settings
            return json.load(answer)

    return tokens.Keys(fetch, time.time)


def policy(principal: str, effect: str, resource: str) -> dict[str, Any]:
    """What an authorizer answers."""
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"principalId": principal, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
