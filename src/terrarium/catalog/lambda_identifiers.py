"""What AWS decides of Lambda's resources: functions, versions, aliases, URLs, layers, mappings.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

from collections.abc import Mapping

from terrarium.catalog.place import Attributes, Decide, Decided, Place


def _function(attributes: Attributes, place: Place) -> Decided:
    name = attributes["function_name"]
    arn = place.arn("lambda", f"function:{name}")
    invoke = f"arn:aws:apigateway:{place.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"id": name, "arn": arn, "invoke_arn": invoke, "qualified_arn": f"{arn}:$LATEST", "version": "$LATEST"}


def _function_alias(attributes: Attributes, place: Place) -> Decided:
    arn = f"{_function_arn(attributes, place)}:{attributes['name']}"
    invoke = f"arn:aws:apigateway:{place.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"id": arn, "arn": arn, "invoke_arn": invoke}


def _function_arn(attributes: Attributes, place: Place) -> str:
    """The ARN of the function that something belongs to, which names it by its name or by its ARN."""
    name = attributes["function_name"].split(":function:")[-1].split(":")[0]
    return place.arn("lambda", f"function:{name}")


def _qualified_name(attributes: Attributes, _: Place) -> Decided:
    parts = (attributes["function_name"], attributes.get("qualifier"))
    return {"id": ":".join(str(part) for part in parts if part)}


def _function_url(attributes: Attributes, place: Place) -> Decided:
    id, qualifier = place.word(32), attributes.get("qualifier")
    arn = _function_arn(attributes, place)
    return {
        "id": f"{attributes['function_name']}/{qualifier}" if qualifier else attributes["function_name"],
        "url_id": id,
        "function_arn": f"{arn}:{qualifier}" if qualifier else arn,
        "function_url": f"https://{id}.lambda-url.{place.region}.on.aws/",
    }


def _code_signing(_: Attributes, place: Place) -> Decided:
    id = f"csc-{place.hexadecimal(17)}"
    arn = place.arn("lambda", f"code-signing-config:{id}")
    return {"id": arn, "arn": arn, "config_id": id}


def _layer(attributes: Attributes, place: Place) -> Decided:
    arn = place.arn("lambda", f"layer:{attributes['layer_name']}")
    return {"id": f"{arn}:1", "arn": f"{arn}:1", "layer_arn": arn, "version": "1"}


def _mapping(_: Attributes, place: Place) -> Decided:
    id = place.uuid()
    return {"id": id, "uuid": id, "arn": place.arn("lambda", f"event-source-mapping:{id}"), "state": "Enabled"}


#: By Terraform's type.
LAMBDA: Mapping[str, Decide] = {
    "aws_lambda_alias": _function_alias,
    "aws_lambda_code_signing_config": _code_signing,
    "aws_lambda_event_source_mapping": _mapping,
    "aws_lambda_function": _function,
    "aws_lambda_function_event_invoke_config": _qualified_name,
    "aws_lambda_function_url": _function_url,
    "aws_lambda_layer_version": _layer,
    "aws_lambda_provisioned_concurrency_config": lambda attributes, _: {
        "id": f"{attributes['function_name']},{attributes['qualifier']}"
    },
}
