"""S3's refusals that follow from a request alone, and how every refusal is written.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from collections.abc import Mapping

from terrarium.local.api.s3 import xml
from terrarium.local.aws_error import AwsError


class Refusal(AwsError):  # noqa: N818  # an AwsError by its base, and short where it is raised
    """A refusal that also says something in headers."""

    def __init__(self, code: str, message: str, status: int, headers: Mapping[str, str], **fields: object) -> None:
        super().__init__(code, message, status, **fields)
        self.headers = headers


def written(error: AwsError, resource: str, request_id: str) -> bytes:
    """The body of a refusal."""
    fields = "".join(xml.text(name, value) for name, value in error.fields.items())
    where = "" if {"Key", "BucketName"} & error.fields.keys() else xml.text("Resource", resource)
    return xml.plain_document(
        "Error",
        xml.text("Code", error.code),
        xml.text("Message", error.message),
        fields,
        where,
        xml.text("RequestId", request_id),
        xml.text("HostId", request_id),
    )


def invalid_argument(message: str, name: str, value: str) -> AwsError:
    return AwsError("InvalidArgument", message, 400, ArgumentName=name, ArgumentValue=value)


def invalid_request(message: str) -> AwsError:
    return AwsError("InvalidRequest", message, 400)


def method_not_allowed(method: str, resource: str) -> AwsError:
    message = "The specified method is not allowed against this resource."
    return AwsError("MethodNotAllowed", message, 405, Method=method, ResourceType=resource)


def not_implemented(what: str) -> AwsError:
    """S3's own code for what it does not do, with a text that says who does not: this is not AWS's limit but ours."""
    return AwsError("NotImplemented", f"Terrarium's S3 does not support {what}", 501)


def header_not_implemented(header: str) -> AwsError:
    message = "A header you provided implies functionality that is not implemented"
    return AwsError("NotImplemented", message, 501, Header=header)
