"""Which calls change what exists, as far as can be told without knowing every operation of every service. Pure.

Whatever is not known to leave things as they are counts as a change: a call that is kept in vain does no harm, one that
is not kept is lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from terrarium.local.api.protocols import Wire

#: Words that operations which only look begin with; another word follows. All of AWS's APIs hold to it.
_LOOKING = re.compile("(Describe|List|Get|BatchGet|BatchDescribe|Head|Lookup|Search|Simulate|Estimate)[A-Z]")

#: Those that make something all the same: an identity, and what a key is imported with.
#: https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html
#: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html
_MAKING = frozenset({"GetId", "GetParametersForImport"})

_MESSAGES = ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "PurgeQueue")

#: What goes through a service rather than belonging to it: messages, events, what is encrypted, runs, sessions. By
#: signing name, each with the beginnings of its operations' names.
_PASSING_THROUGH: Mapping[str, tuple[str, ...]] = {
    "athena": ("StartQueryExecution", "StopQueryExecution"),
    "cognito-idp": ("InitiateAuth", "AdminInitiateAuth", "RespondToAuth", "AdminRespondToAuth", "GlobalSignOut"),
    "events": ("PutEvents", "TestEventPattern"),
    "firehose": ("PutRecord",),
    "kinesis": ("PutRecord", "SubscribeToShard"),
    "kms": ("Encrypt", "Decrypt", "ReEncrypt", "Generate", "Sign", "Verify", "DeriveSharedSecret"),
    "redshift-data": ("ExecuteStatement", "BatchExecuteStatement", "CancelStatement"),
    "ses": ("SendEmail", "SendRawEmail", "SendTemplatedEmail", "SendBulk", "SendBounce", "SendCustom"),
    "sns": ("Publish",),
    "sqs": _MESSAGES,
    "ssm": ("SendCommand", "CancelCommand"),
    "states": ("StartExecution", "StartSyncExecution", "StopExecution", "SendTask", "TestState"),
    "timestream": ("WriteRecords", "Query", "CancelQuery"),
}

#: The same of services whose operations are paths.
_PATHS_PASSED_THROUGH = re.compile("/v2/email/outbound-|/TraceSegments$|/TelemetryRecords$|/topics/")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_S3_CONTROL = "/v20180820/"


def changes(wire: Wire, service: str, operation: str, method: str, path: str) -> bool:
    """Whether a call changes what exists.

    Args:
        wire: Its protocol.
        service: Signing name.
        operation: The operation's name, empty where the path tells it.
        method: HTTP method.
        path: Its path, without the query.
    """
    if wire is Wire.S3 and not path.startswith(_S3_CONTROL):
        return False  # buckets and objects are not moto's
    if operation:
        looks = _LOOKING.match(operation) is not None and operation not in _MAKING
        return not looks and not operation.startswith(_PASSING_THROUGH.get(service, ()))
    if method in _SAFE_METHODS or _PATHS_PASSED_THROUGH.search(path):
        return False
    return _LOOKING.match(path.rpartition("/")[2]) is None


def removes(operation: str, method: str) -> bool:
    """Whether a call that changes something takes something away."""
    return operation.startswith(_REMOVING) or (not operation and method == "DELETE")


_REMOVING = ("Delete", "Remove", "Terminate", "Release", "Deregister", "Schedule", "Detach", "Disassociate", "Revoke")
