"""How AWS services write results and refusals: JSON 1.0 and 1.1, query, EC2, REST JSON, REST XML and RPC v2 CBOR.

Pure: values in, replies out. It knows no service's operations and no sockets.
The protocols are specified at https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import enum
import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from terrarium.local.api import cbor
from terrarium.local.aws_error import AwsError
from terrarium.local.direct import Reply
from terrarium.local.json_text import JsonText


class Wire(enum.Enum):
    """The protocol that a call is written in; its value is the content type of answers."""

    JSON_1_0 = "application/x-amz-json-1.0"
    JSON_1_1 = "application/x-amz-json-1.1"
    CBOR = "application/cbor"
    QUERY = "text/xml"
    EC2 = "text/xml;charset=UTF-8"
    REST_JSON = "application/json"
    REST_XML = "application/xml"
    S3 = "application/xml; charset=utf-8"

    __hash__ = object.__hash__  # there is one of each


#: Signing names of the services whose REST bodies are XML.
_XML_SERVICES = frozenset({"route53", "cloudfront"})

#: DynamoDB's errors name their namespace; the SDKs read what follows the hash sign.
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_DYNAMODB_NAMESPACE = "com.amazonaws.dynamodb.v20120810#"
_CORAL = {
    "ValidationException": "com.amazon.coral.validate#",
    "SerializationException": "com.amazon.coral.service#",
    "UnknownOperationException": "com.amazon.coral.service#",
    "AccessDeniedException": "com.amazon.coral.service#",
    "ExpiredTokenException": "com.amazon.coral.service#",
    "IncompleteSignatureException": "com.amazon.coral.service#",
    "InvalidSignatureException": "com.amazon.coral.service#",
    "UnrecognizedClientException": "com.amazon.coral.service#",
}

#: The XML protocols have names of their own for errors that every service gives.
#: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
_XML_NAMES = {
    "ExpiredTokenException": "ExpiredToken",
    "IncompleteSignatureException": "IncompleteSignature",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnknownOperationException": "InvalidAction",
    "UnrecognizedClientException": "InvalidClientTokenId",
}
#: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
_S3_NAMES = {
    "IncompleteSignatureException": "AuthorizationHeaderMalformed",
    "UnrecognizedClientException": "InvalidAccessKeyId",
}
#: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors
_EC2_NAMES = {"InvalidSignatureException": "AuthFailure", "UnrecognizedClientException": "AuthFailure"}
#: The JSON protocols say 400 of them, the others 403.
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_AUTHENTICATION = frozenset(
    {
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "UnrecognizedClientException",
    }
)


# To ask an enumeration for a value costs more than to look it up.
_CONTENT_TYPES = {wire: wire.value for wire in Wire}


def _seconds(value: object) -> float:
    """The JSON protocols write times as seconds since the epoch."""
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"JSON cannot carry {type(value).__name__}")


_encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_seconds).encode


def wire_of(service: str, headers: Mapping[str, str]) -> Wire:
    """The protocol of a call, told from its headers and its service's signing name."""
    content_type = headers.get("Content-Type", "")
    if "X-Amz-Target" in headers:
        return Wire.JSON_1_0 if content_type.startswith(Wire.JSON_1_0.value) else Wire.JSON_1_1
    if "smithy-protocol" in headers:
        return Wire.CBOR
    if service in ("s3", "s3-outposts"):
        return Wire.S3
    if service == "execute-api":  # whatever is posted to an API, its errors are JSON
        return Wire.REST_JSON
    if content_type.startswith("application/x-www-form-urlencoded"):
        return Wire.EC2 if service == "ec2" else Wire.QUERY
    return Wire.REST_XML if service in _XML_SERVICES else Wire.REST_JSON


# The members of a result are of any JSON type.
def json_reply(wire: Wire, result: Mapping[str, Any], request_id: str) -> Reply:
    """A JSON result with the checksum by which the SDKs detect a mangled body."""
    return _json_reply(wire, 200, _encode_result(result).encode() if result else b"{}", request_id)


def json_text_reply(wire: Wire, body: bytes, request_id: str) -> Reply:
    """The same for a result that is written already."""
    return _json_reply(wire, 200, body, request_id)


def _json_reply(wire: Wire, status: int, body: bytes, request_id: str) -> Reply:
    headers = {
        "Server": "Server",
        "Content-Type": _CONTENT_TYPES[wire],
        "x-amzn-RequestId": request_id,
        "x-amz-crc32": str(zlib.crc32(body)),
    }
    return Reply(status, body, headers)


def _encode_result(result: Mapping[str, Any]) -> str:
    """A result as JSON; what is text already is taken as it is."""
    if JsonText not in map(type, result.values()):
        return _encode_json(result)
    members = [
        f"{_encode_json(name)}:{it if type(it) is JsonText else _encode_json(it)}" for name, it in result.items()
    ]
    return f"{{{','.join(members)}}}"


def refusal(wire: Wire, service: str, error: AwsError, request_id: str) -> Reply:
    """An error in the shape that the call's protocol documents."""
    return _REFUSALS[wire](wire, service, error, request_id)


def _refuse_json(wire: Wire, service: str, error: AwsError, request_id: str) -> Reply:
    body = _encode_json({"__type": _qualified(service, error.code), "message": error.message, **error.fields}).encode()
    return _json_reply(wire, 400 if error.code in _AUTHENTICATION else error.status, body, request_id)


def _qualified(service: str, code: str) -> str:
    if service != "dynamodb":
        return code
    return _CORAL.get(code, _DYNAMODB_NAMESPACE) + code


def _refuse_cbor(wire: Wire, _service: str, error: AwsError, request_id: str) -> Reply:
    """Services that once spoke the query protocol repeat its error code in a header.

    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#x-amzn-query-error-header
    """
    side = "Receiver" if error.status >= 500 else "Sender"
    headers = {
        "Content-Type": wire.value,
        "smithy-protocol": "rpc-v2-cbor",
        "x-amzn-RequestId": request_id,
        "x-amzn-query-error": f"{error.code};{side}",
    }
    return Reply(error.status, cbor.encode({"__type": error.code, "message": error.message, **error.fields}), headers)


def _refuse_query(wire: Wire, _service: str, error: AwsError, request_id: str) -> Reply:
    side = "Receiver" if error.status >= 500 else "Sender"
    inner = f"<Type>{side}</Type>{_code_and_message(error, _XML_NAMES)}"
    text = f"<ErrorResponse><Error>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return _xml(wire, error.status, text, request_id)


def _refuse_ec2(wire: Wire, _service: str, error: AwsError, request_id: str) -> Reply:
    inner = _code_and_message(error, _XML_NAMES | _EC2_NAMES)
    text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    return _xml(wire, error.status, text, request_id)


def _refuse_s3(wire: Wire, _service: str, error: AwsError, request_id: str) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses"""
    inner = _code_and_message(error, _XML_NAMES | _S3_NAMES)
    reply = _xml(wire, error.status, f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>", request_id)
    return Reply(reply.status, reply.body, {**reply.headers, "x-amz-request-id": request_id})


def _refuse_rest_json(wire: Wire, service: str, error: AwsError, request_id: str) -> Reply:
    # An API's own host says no more than the message.
    told = {} if service == "execute-api" else {"Type": "User"}
    body = _encode_json({**told, "message": error.message, **error.fields}).encode()
    headers = {
        "Content-Type": wire.value,
        "x-amzn-RequestId": request_id,
        "x-amzn-ErrorType": error.code,
    }
    return Reply(error.status, body, headers)


def _code_and_message(error: AwsError, names: Mapping[str, str]) -> str:
    code = names.get(error.code, error.code)
    return f"<Code>{escape(code)}</Code><Message>{escape(error.message)}</Message>"


def _xml(wire: Wire, status: int, text: str, request_id: str) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return Reply(status, body, {"Content-Type": wire.value, "x-amzn-RequestId": request_id})


_REFUSALS = {
    Wire.JSON_1_0: _refuse_json,
    Wire.JSON_1_1: _refuse_json,
    Wire.CBOR: _refuse_cbor,
    Wire.QUERY: _refuse_query,
    Wire.EC2: _refuse_ec2,
    Wire.REST_JSON: _refuse_rest_json,
    Wire.REST_XML: _refuse_query,
    Wire.S3: _refuse_s3,
}
