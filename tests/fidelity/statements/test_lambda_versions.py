"""Lambda: published versions, and the aliases that lead to them."""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.statement import source
from tests.fidelity.targets.target import Target

VERSIONS = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html"
PUBLISH = "https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html"
ALIASES = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"
CREATE_ALIAS = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html"
ROUTING = "https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"
DELETE = "https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html"


class Versioned:
    """A function of a statement's own.

    Args:
        target: Where it is.
        label: Its code.
    """

    def __init__(self, target: Target, label: str = "describe") -> None:
        self.functions = target.client("lambda")
        self.name = target.own_function(label)

    # What operations answer, and functions return, is any JSON.
    def change(self, timeout: int) -> None:
        """Changes its configuration."""
        self.functions.update_function_configuration(FunctionName=self.name, Timeout=timeout)
        self.functions.get_waiter("function_updated_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 1})

    def publish(self, **options: Any) -> str:
        """Publishes it; the version's number."""
        published = self.functions.publish_version(FunctionName=self.name, **options)
        waiter = self.functions.get_waiter("published_version_active")
        waiter.wait(FunctionName=self.name, Qualifier=published["Version"], WaiterConfig={"Delay": 1})
        return str(published["Version"])

    def two(self) -> None:
        """Publishes versions 1 and 2."""
        self.publish()
        self.change(19)
        self.publish()

    def alias(self, name: str, version: str, **options: Any) -> Any:
        """Makes an alias."""
        return self.functions.create_alias(FunctionName=self.name, Name=name, FunctionVersion=version, **options)

    def invoke(self, name: str = "", **options: Any) -> Any:
        """The whole response of an invocation."""
        return self.functions.invoke(FunctionName=name or self.name, Payload=b"{}", **options)

    def seen(self, **options: Any) -> Any:
        """What the handler sees."""
        return json.loads(self.invoke(**options)["Payload"].read())


def refusal(call: Any, **arguments: Any) -> tuple[str, int]:
    """Code and status of the error that a call is refused with."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@source(VERSIONS)
def test_numbers(target: Target) -> None:
    """Versions are numbered from 1, and a version's ARN ends in its number."""
    function = Versioned(target)
    published = function.functions.publish_version(FunctionName=function.name)
    assert published["Version"] == "1"
    assert published["FunctionArn"].endswith(f":function:{function.name}:1")


@source(PUBLISH)
def test_unchanged(target: Target) -> None:
    """Publishing what has not changed since the last version publishes nothing, and answers with that version."""
    function = Versioned(target)
    assert [function.publish(), function.publish()] == ["1", "1"]
    function.change(19)
    assert function.publish() == "2"


@source(VERSIONS)
def test_immutable(target: Target) -> None:
    """A version keeps its settings while the function's change."""
    function = Versioned(target)
    before = function.functions.get_function_configuration(FunctionName=function.name)["Timeout"]
    function.publish()
    function.change(before - 1)
    version = function.functions.get_function_configuration(FunctionName=function.name, Qualifier="1")
    assert version["Timeout"] == before


@source("https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html")
def test_version_environment(target: Target) -> None:
    """A version's handler finds its number in AWS_LAMBDA_FUNCTION_VERSION, in the context and in its log stream."""
    function = Versioned(target)
    function.publish()
    seen = function.seen(Qualifier="1")
    assert seen["environment"]["AWS_LAMBDA_FUNCTION_VERSION"] == "1"
    assert seen["context"]["function_version"] == "1"
    assert "/[1]" in seen["context"]["log_stream_name"]


@source("https://docs.aws.amazon.com/lambda/latest/dg/python-context.html")
def test_invoked_arn(target: Target) -> None:
    """invoked_function_arn has the version or the alias that the caller named."""
    function = Versioned(target)
    function.alias("live", function.publish())
    for qualifier in ("1", "live", "$LATEST"):
        arn = function.seen(Qualifier=qualifier)["context"]["invoked_function_arn"]
        assert arn.endswith(f":function:{function.name}:{qualifier}")


@source("https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html")
def test_by_qualified_name(target: Target) -> None:
    """A version is invoked by name:number and by its ARN, as by Qualifier."""
    function = Versioned(target)
    arn = function.functions.get_function(FunctionName=function.name)["Configuration"]["FunctionArn"]
    function.publish()
    for name in (f"{function.name}:1", f"{arn}:1"):
        assert function.invoke(name)["ExecutedVersion"] == "1"
    assert function.invoke(Qualifier="1")["ExecutedVersion"] == "1"


@source("https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html")
def test_two_qualifiers(target: Target) -> None:
    """A name with one qualifier and another Qualifier are refused with InvalidParameterValueException, 400."""
    function = Versioned(target)
    function.two()
    refused = refusal(function.functions.get_function, FunctionName=f"{function.name}:1", Qualifier="2")
    assert refused == ("InvalidParameterValueException", 400)


@source("https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html")
def test_code_location(target: Target) -> None:
    """GetFunction has a link to the zip of the code, whose size and SHA-256 are those of its configuration."""
    function = Versioned(target)
    whole = function.functions.get_function(FunctionName=function.name)
    with urllib.request.urlopen(whole["Code"]["Location"], timeout=20) as answer:
        package = answer.read()
    assert len(package) == whole["Configuration"]["CodeSize"]
    assert base64.b64encode(hashlib.sha256(package).digest()).decode() == whole["Configuration"]["CodeSha256"]


@source("https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html")
def test_publish_with_code(target: Target) -> None:
    """An upload with Publish makes a version, and answers with it."""
    function = Versioned(target)
    arn = function.functions.get_function_configuration(FunctionName=function.name)["FunctionArn"]
    versions = function.functions.list_versions_by_function(FunctionName=function.name)["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST"]
    assert versions[0]["FunctionArn"] == f"{arn}:$LATEST"


@source(PUBLISH)
def test_code_hash(target: Target) -> None:
    """A version is not published where its code has another hash than the caller expects."""
    function = Versioned(target)
    call = function.functions.publish_version
    assert refusal(call, FunctionName=function.name, CodeSha256="other")[0] == "InvalidParameterValueException"


@source(PUBLISH)
def test_revision(target: Target) -> None:
    """A version is not published where the function has another revision: PreconditionFailedException, 412."""
    function = Versioned(target)
    refused = refusal(function.functions.publish_version, FunctionName=function.name, RevisionId="other")
    assert refused == ("PreconditionFailedException", 412)


@source("https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html")
def test_listed(target: Target) -> None:
    """The list of versions begins with $LATEST, then has them by number."""
    function = Versioned(target)
    function.two()
    listed = function.functions.list_versions_by_function(FunctionName=function.name)["Versions"]
    assert [version["Version"] for version in listed] == ["$LATEST", "1", "2"]


@source("https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html")
def test_read_only(target: Target) -> None:
    """The configuration of a published version cannot be changed."""
    function = Versioned(target)
    function.publish()
    call = function.functions.update_function_configuration
    assert refusal(call, FunctionName=f"{function.name}:1", Timeout=9)[1] == 400


@source(DELETE)
def test_delete_version(target: Target) -> None:
    """A version is deleted alone; the others and the function stay."""
    function = Versioned(target)
    function.two()
    function.functions.delete_function(FunctionName=function.name, Qualifier="1")
    listed = function.functions.list_versions_by_function(FunctionName=function.name)["Versions"]
    assert [version["Version"] for version in listed] == ["$LATEST", "2"]


@source(DELETE)
def test_delete_referenced(target: Target) -> None:
    """A version that an alias leads to cannot be deleted: ResourceConflictException, 409."""
    function = Versioned(target)
    function.alias("live", function.publish())
    refused = refusal(function.functions.delete_function, FunctionName=function.name, Qualifier="1")
    assert refused == ("ResourceConflictException", 409)


@source(VERSIONS)
def test_no_number_again(target: Target) -> None:
    """The number of a deleted version is not given again."""
    function = Versioned(target)
    function.two()
    function.functions.delete_function(FunctionName=function.name, Qualifier="2")
    function.change(18)
    assert function.publish() == "3"


@source(ALIASES)
def test_alias(target: Target) -> None:
    """An invocation of an alias runs the version that it leads to, which ExecutedVersion names."""
    function = Versioned(target)
    function.two()
    function.alias("live", "1")
    assert function.invoke(Qualifier="live")["ExecutedVersion"] == "1"
    function.functions.update_alias(FunctionName=function.name, Name="live", FunctionVersion="2")
    assert function.invoke(f"{function.name}:live")["ExecutedVersion"] == "2"


@source(ROUTING)
def test_weights(target: Target) -> None:
    """An alias with a weight of 1 for its second version runs that."""
    function = Versioned(target)
    function.two()
    function.alias("live", "1", RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
    assert {function.invoke(Qualifier="live")["ExecutedVersion"] for _ in range(5)} == {"2"}


@source(ROUTING)
def test_weights_of_latest(target: Target) -> None:
    """An alias that leads to two versions cannot lead to $LATEST: InvalidParameterValueException."""
    function = Versioned(target)
    function.publish()
    routing = {"AdditionalVersionWeights": {"1": 0.5}}
    asked = {"FunctionName": function.name, "Name": "live", "FunctionVersion": "$LATEST", "RoutingConfig": routing}
    assert refusal(function.functions.create_alias, **asked)[0] == "InvalidParameterValueException"


@source(CREATE_ALIAS)
def test_alias_of_nothing(target: Target) -> None:
    """An alias of a version that is not there is refused with ResourceNotFoundException, 404."""
    function = Versioned(target)
    asked = {"FunctionName": function.name, "Name": "live", "FunctionVersion": "9"}
    assert refusal(function.functions.create_alias, **asked) == ("ResourceNotFoundException", 404)


@source(CREATE_ALIAS)
def test_alias_twice(target: Target) -> None:
    """An alias that is there already is refused with ResourceConflictException, 409."""
    function = Versioned(target)
    function.alias("live", function.publish())
    asked = {"FunctionName": function.name, "Name": "live", "FunctionVersion": "1"}
    assert refusal(function.functions.create_alias, **asked) == ("ResourceConflictException", 409)


@source(CREATE_ALIAS)
def test_alias_of_digits(target: Target) -> None:
    """The name of an alias cannot be a number."""
    function = Versioned(target)
    version = function.publish()
    call = target.unchecked("lambda").create_alias
    asked = {"FunctionName": function.name, "Name": "12", "FunctionVersion": version}
    assert refusal(call, **asked) == ("ValidationException", 400)


@source("https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html")
def test_described_by_alias(target: Target) -> None:
    """A configuration that is asked for by an alias has the alias's ARN and the version's number."""
    function = Versioned(target)
    function.alias("live", function.publish())
    found = function.functions.get_function_configuration(FunctionName=function.name, Qualifier="live")
    assert (found["FunctionArn"].rpartition(":")[2], found["Version"]) == ("live", "1")


@source("https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html")
def test_policy_of_alias(target: Target) -> None:
    """A permission on an alias stands in the policy of that alias alone."""
    function = Versioned(target)
    function.alias("live", function.publish())
    asked = {"StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    function.functions.add_permission(FunctionName=function.name, Qualifier="live", **asked)
    policy = json.loads(function.functions.get_policy(FunctionName=function.name, Qualifier="live")["Policy"])
    assert policy["Statement"][0]["Resource"].endswith(f":function:{function.name}:live")
    refused = refusal(function.functions.get_policy, FunctionName=function.name)
    assert refused == ("ResourceNotFoundException", 404)


@source("https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html")
def test_event_settings(target: Target) -> None:
    """Settings of event invocations are put for each alias, and putting again removes what is not given."""
    function = Versioned(target)
    function.alias("live", function.publish())
    named = {"FunctionName": function.name, "Qualifier": "live"}
    put = function.functions.put_function_event_invoke_config
    put(**named, MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60)
    assert "MaximumEventAgeInSeconds" not in put(**named, MaximumRetryAttempts=1)
    found = function.functions.get_function_event_invoke_config(**named)
    assert (found["MaximumRetryAttempts"], found["FunctionArn"].rpartition(":")[2]) == (1, "live")


@source("https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html")
def test_no_event_settings(target: Target) -> None:
    """Where nothing was said about event invocations there is nothing to get: ResourceNotFoundException, 404."""
    function = Versioned(target)
    refused = refusal(function.functions.get_function_event_invoke_config, FunctionName=function.name)
    assert refused == ("ResourceNotFoundException", 404)
