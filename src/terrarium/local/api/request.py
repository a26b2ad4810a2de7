"""Reads from a request's head which AWS service it is meant for, who signed it, and what it asks.

Pure: it knows header and query text only, neither sockets nor services. It takes the access key as a name; whether the
signature is that of its secret is the business of `verification`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from msgspec import Struct

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
_SIGV4 = "AWS4-HMAC-SHA256"
#: How SDKs begin their signature; up to the first comma it says all that is read here.
USUAL_BEGINNING = f"{_SIGV4} Credential="
_SIGV4A = "AWS4-ECDSA-P256-SHA256"
#: Amazon S3 still takes the signature before version 4, and boto3 presigns with it by default:
#: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
_SIGV2 = "AWS "

_DEFAULT_REGION = "us-east-1"

#: Calls that need no signature name their service in X-Amz-Target:
#: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pools-API-operations.html
_UNSIGNED_TARGETS = {
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSCognitoIdentityService": "cognito-identity",
}
#: The keys with which anybody may check a user pool's tokens are read at its service's own name, without a signature:
#: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
_USER_POOLS = "cognito-idp."


class Signature(Struct, frozen=True):
    """What a request's credential scope says.

    Attributes:
        access_key: Access key id; empty where the call is unsigned.
        region: Region of the scope.
        service: The service's signing name, for example ``monitoring`` for CloudWatch.
    """

    access_key: str
    region: str
    service: str


def read_signature(headers: Mapping[str, str], query: Mapping[str, str]) -> Signature | None:
    """The signature of an AWS call, or None where the request is no AWS call.

    Args:
        headers: Request headers, looked up as ``Authorization`` and ``X-Amz-Target``.
        query: Decoded query parameters; a presigned URL carries its credential here.
    """
    authorization = headers.get("Authorization", "")
    if authorization.startswith((_SIGV4, _SIGV4A)):
        return _from_credential(_field(authorization, "Credential"), headers)
    if authorization.startswith(_SIGV2) and ":" in authorization:
        return Signature(authorization[len(_SIGV2) :].partition(":")[0], _DEFAULT_REGION, "s3")
    if "X-Amz-Credential" in query:
        return _from_credential(query["X-Amz-Credential"], headers)
    if "AWSAccessKeyId" in query and "Signature" in query:
        return Signature(query["AWSAccessKeyId"], _DEFAULT_REGION, "s3")
    return _unsigned(headers)


def is_aws_call(headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
    """Whether a request to the shared port is an SDK's call rather than a visitor's."""
    return read_signature(headers, query) is not None


def operation_of(path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """The operation's name where the request's head holds it, else an empty string.

    JSON services name it in ``X-Amz-Target``, RPC v2 CBOR in the path, the query protocol in ``Action``, which may
    also stand in a form body; REST services name none.
    """
    target = headers.get("X-Amz-Target")
    if target:
        return target.rpartition(".")[2]
    if "smithy-protocol" in headers and "/operation/" in path:
        return path.rpartition("/operation/")[2]
    return query.get("Action", "")


def _field(authorization: str, name: str) -> str:
    start = authorization.find(f"{name}=")
    if start < 0:
        return ""
    start += len(name) + 1
    end = authorization.find(",", start)
    return authorization[start:].strip() if end < 0 else authorization[start:end].strip()


def _from_credential(credential: str, headers: Mapping[str, str]) -> Signature | None:
    """Splits ``key/date/region/service/aws4_request``; the asymmetric form has no region in its scope."""
    parts = (unquote(credential) if "%" in credential else credential).split("/")
    if len(parts) == 5:
        return Signature(parts[0], parts[2], parts[3])
    if len(parts) == 4:
        return Signature(parts[0], headers.get("X-Amz-Region-Set", _DEFAULT_REGION).partition(",")[0], parts[2])
    return None


def _unsigned(headers: Mapping[str, str]) -> Signature | None:
    host = headers.get("Host", "")
    if host.startswith(_USER_POOLS) and host.partition(":")[0].endswith(".amazonaws.com"):
        return Signature("", host.split(".")[1], "cognito-idp")
    service = _UNSIGNED_TARGETS.get(headers.get("X-Amz-Target", "").partition(".")[0])
    return Signature("", _DEFAULT_REGION, service) if service else None
