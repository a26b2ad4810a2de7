"""Constructs: least privilege by default; a setting and its permission are one; misuse is refused at its line."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terrarium import Architecture, UserError, aws
from terrarium.model.evaluate import Known, evaluate
from terrarium.model.expressions import entered
from terrarium.model.graph import Resource


@pytest.fixture
def app() -> Architecture:
    return Architecture("shop", region="us-east-1")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "f.py").write_text("def handler(event, context): ...\n")
    return tmp_path


def one(app: Architecture, kind: str) -> Resource:
    found = [resource for resource in app.resources if resource.type == kind]
    assert len(found) == 1, found
    return found[0]


def statements(role: aws.Role) -> list[dict[str, Any]]:
    """Every statement of a role's policies, as written."""
    return [
        statement for policy in role.policies for statement in policy.attributes["policy"].arguments[0]["Statement"]
    ]


def actions(role: aws.Role) -> dict[str, Any]:
    return {action: statement["Resource"] for statement in statements(role) for action in statement["Action"]}


def test_a_link_gives_the_setting_and_the_permission(app: Architecture, code: Path) -> None:
    table = aws.Table(app, "users", key="id")
    function = aws.Function(app, "f", code=code, links={"USERS": table.access("GetItem", "PutItem")})
    assert function.resource.attributes["environment"] == [{"variables": {"USERS": table.name}}]
    granted = actions(function.role)
    assert granted["dynamodb:GetItem"] == granted["dynamodb:PutItem"] == table.arn
    assert set(granted) == {
        "logs:CreateLogStream", "logs:PutLogEvents", "dynamodb:GetItem", "dynamodb:PutItem",
    }  # fmt: skip


def test_a_role_has_one_policy_and_no_wildcard_actions(app: Architecture, code: Path) -> None:
    table, bucket = aws.Table(app, "t", key="id"), aws.Bucket(app, "b", name="b")
    links = {"T": table.access("read", "write"), "B": bucket.access("read", "write", "delete")}
    role = aws.Function(app, "f", code=code, links=links).role
    assert len(role.policies) == 1
    assert not [action for action in actions(role) if "*" in action]


def test_an_index_is_readable_only_where_something_reads_it(app: Architecture) -> None:
    table = aws.Table(app, "t", key="id", indexes={"byName": "name"})
    assert len(table.access("Query").statements[0].resources) == 2
    assert len(table.access("GetItem").statements[0].resources) == 1


def test_what_a_deployer_may_leave_out_stands_in_a_policy_of_its_own(app: Architecture, code: Path) -> None:
    on = app.variable("on", True, "On")
    table = aws.Table(app, "t", key="id", encryption=aws.Key(app, "key", on=on))
    role = aws.Function(app, "f", code=code, links={"T": table.access("GetItem")}).role
    assert [policy.when for policy in role.policies] == [True, on]
    assert [policy.attributes["name"] for policy in role.policies] == ["access", "access_optional"]


def test_a_function_may_be_in_node(app: Architecture, code: Path) -> None:
    function = aws.Function(app, "hello", code=code, runtime="nodejs20.x", handler="index.handler").resource
    assert (function.attributes["runtime"], function.attributes["handler"]) == ("nodejs20.x", "index.handler")


def test_a_table_is_encrypted_recoverable_and_declares_each_key_once(app: Architecture) -> None:
    table = aws.Table(app, "t", key=("a", "b"), indexes={"i": ("b", "c"), "j": "a"}, numbers=["c"]).resource.attributes
    assert table["name"] == "shop-t"
    assert table["server_side_encryption"] == [{"enabled": True}]
    assert table["point_in_time_recovery"] == [{"enabled": True}]
    assert table["attribute"] == [{"name": "a", "type": "S"}, {"name": "b", "type": "S"}, {"name": "c", "type": "N"}]


def test_a_stream_invokes_a_function_that_may_read_it(app: Architecture, code: Path) -> None:
    table = aws.Table(app, "t", key="id", stream="NEW_IMAGE")
    function = aws.Function(app, "f", code=code)
    mapping = table.on_change(function, batch_size=5)
    assert mapping.attributes["event_source_arn"] == table.resource["stream_arn"]
    assert set(mapping.depends_on) == set(function.role.policies)
    assert actions(function.role)["dynamodb:GetRecords"] == table.resource["stream_arn"]


def test_a_stream_hands_over_what_a_filter_lets_through_and_tells_of_what_it_gives_up(
    app: Architecture, code: Path
) -> None:
    table, queue = aws.Table(app, "t", key="id", stream="NEW_IMAGE"), aws.Queue(app, "failed")
    function = aws.Function(app, "f", code=code)
    filters = [{"eventName": ["INSERT"]}, {"eventName": ["REMOVE"]}]
    mapping = table.on_change(function, filter=filters, on_failure=queue, parallelization_factor=2, tumbling_window=60)
    patterns = [one["pattern"].arguments[0] for one in mapping.attributes["filter_criteria"][0]["filter"]]
    assert patterns == filters
    assert mapping.attributes["destination_config"] == [{"on_failure": [{"destination_arn": queue.arn}]}]
    assert (mapping.attributes["parallelization_factor"], mapping.attributes["tumbling_window_in_seconds"]) == (2, 60)
    assert actions(function.role)["sqs:SendMessage"] == queue.arn


def test_one_filter_needs_no_list(app: Architecture, code: Path) -> None:
    table = aws.Table(app, "t", key="id", stream="NEW_IMAGE")
    mapping = table.on_change(aws.Function(app, "f", code=code), filter={"eventName": ["INSERT"]})
    assert len(mapping.attributes["filter_criteria"][0]["filter"]) == 1


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ({"eventName": "INSERT"}, 'an object with members is expected, not "INSERT"'),
        ({"eventName": [{"wildcard": "IN*"}]}, "'wildcard' is no operator of a filter"),
        ({"count": [{"numeric": ["<", math.inf]}]}, "it is no JSON: Infinity is no JSON"),
    ],
)
def test_a_filter_that_is_none_is_refused_where_it_is_written(
    app: Architecture, code: Path, pattern: dict[str, Any], reason: str
) -> None:
    table = aws.Table(app, "t", key="id", stream="NEW_IMAGE")
    function = aws.Function(app, "f", code=code)
    with pytest.raises(UserError) as refused:
        table.on_change(function, filter=[{"eventName": ["INSERT"]}, pattern])
    assert f"a filter of table 't' is no event pattern: {reason}" in str(refused.value)
    assert refused.value.where is not None
    assert Path(refused.value.where.file).name == Path(__file__).name


def test_a_filter_with_a_variable_in_it_is_left_until_that_has_a_value(app: Architecture, code: Path) -> None:
    table = aws.Table(app, "t", key="id", stream="NEW_IMAGE")
    pattern = {"count": [{"numeric": ["<", app.variable("most", 5, "The most")]}]}
    mapping = table.on_change(aws.Function(app, "f", code=code), filter=pattern)
    assert len(mapping.attributes["filter_criteria"][0]["filter"]) == 1


def test_what_becomes_of_events_is_told_by_a_role_that_may(app: Architecture, code: Path) -> None:
    queue, topic, bucket = aws.Queue(app, "q"), aws.Topic(app, "t"), aws.Bucket(app, "b", name="b")
    function, other = aws.Function(app, "f", code=code), aws.Function(app, "g", code=code)
    function.on_success(other)
    function.on_failure(topic)
    config = function.events(retries=0, maximum_age=60)
    assert config.attributes["destination_config"] == [
        {"on_success": [{"destination": other.arn}], "on_failure": [{"destination": topic.arn}]}
    ]
    assert (config.attributes["maximum_retry_attempts"], config.attributes["maximum_event_age_in_seconds"]) == (0, 60)
    assert config.depends_on == function.role.policies
    may = actions(function.role)
    assert (may["lambda:InvokeFunction"], may["sns:Publish"]) == (other.arn, topic.arn)
    other.on_failure(bucket)
    assert "s3:PutObject" in actions(other.role)
    assert one(app, "aws_sqs_queue").attributes["sqs_managed_sse_enabled"] is True
    assert queue.access("send").value == queue.url


def test_a_function_may_send_its_dead_letters_before_it_is_created(app: Architecture, code: Path) -> None:
    queue = aws.Queue(app, "dead")
    function = aws.Function(app, "f", code=code, dead_letter=queue)
    assert function.resource.attributes["dead_letter_config"] == [{"target_arn": queue.arn}]
    assert function.resource.depends_on == function.role.policies
    assert actions(function.role)["sqs:SendMessage"] == queue.arn


def test_a_queue_is_sent_to_and_received_from_by_who_may(app: Architecture) -> None:
    queue = aws.Queue(app, "q")
    assert queue.access("receive").statements[0].actions[0] == "sqs:ReceiveMessage"
    assert queue.resource.attributes["name"] == "shop-q"


def test_a_bucket_is_private_encrypted_and_refuses_plain_http(app: Architecture) -> None:
    aws.Bucket(app, "b", name="b")
    block = one(app, "aws_s3_bucket_public_access_block").attributes
    assert all(value for name, value in block.items() if name != "bucket")
    statement = one(app, "aws_s3_bucket_policy").attributes["policy"].arguments[0]["Statement"][0]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert one(app, "aws_s3_bucket_versioning").attributes["versioning_configuration"] == [{"status": "Enabled"}]


def test_nothing_comes_through_a_firewall_that_no_rule_allows(app: Architecture) -> None:
    front = aws.SecurityGroup(app, "front", vpc="v", description="Front")
    back = aws.SecurityGroup(app, "back", vpc="v", description="Back", outbound=False)
    back.allow("http", 80, front, "From the front")
    rule = one(app, "aws_vpc_security_group_ingress_rule").attributes
    assert rule["referenced_security_group_id"] == front.id
    assert (rule["from_port"], rule["to_port"], rule["ip_protocol"]) == (80, 80, "tcp")
    assert one(app, "aws_vpc_security_group_egress_rule").attributes["security_group_id"] == front.id


def subnets(app: Architecture, nat: Any) -> dict[str, list[str]]:
    zones = {"a": "10.0.1.0/24", "b": "10.0.2.0/24"}
    aws.Network(app, cidr="10.0.0.0/16", public=zones, private=zones, nat=nat)
    kinds = ("aws_nat_gateway", "aws_eip", "aws_route")
    return {kind: [resource.label for resource in app.resources if resource.type == kind] for kind in kinds}


@pytest.mark.parametrize(
    ("nat", "gateways", "routes"),
    [
        (False, [], ["public_route"]),
        ("one", ["nat_a"], ["public_route", "private_nat_a", "private_nat_b"]),
        (True, ["nat_a", "nat_b"], ["public_route", "private_nat_a", "private_nat_b"]),
        ("per_zone", ["nat_a", "nat_b"], ["public_route", "private_nat_a", "private_nat_b"]),
    ],
)
def test_private_subnets_reach_the_internet_as_asked(
    app: Architecture, nat: Any, gateways: list[str], routes: list[str]
) -> None:
    assert subnets(app, nat) == {"aws_nat_gateway": gateways, "aws_eip": gateways, "aws_route": routes}


def test_a_deployer_may_choose_about_nat(app: Architecture) -> None:
    nat = app.variable("nat", False, "NAT")
    subnets(app, nat)
    optional = {resource.label for resource in app.resources if resource.when is nat}
    assert optional == {"nat_a", "nat_b", "private_nat_a", "private_nat_b"}


def test_private_subnets_have_no_public_addresses(app: Architecture) -> None:
    subnets(app, False)
    public = {r.label: r.attributes["map_public_ip_on_launch"] for r in app.resources if r.type == "aws_subnet"}
    assert public == {
        "public_subnet_a": True, "public_subnet_b": True, "private_subnet_a": False, "private_subnet_b": False,
    }  # fmt: skip


def test_a_route_invokes_its_function_and_only_this_api_may(app: Architecture, code: Path) -> None:
    api = aws.WebSocketApi(app, "chat", stage="production")
    function = aws.Function(app, "f", code=code)
    connect, default = api.route("$connect", function), api.route("$default", function)
    assert [route.label for route in (connect, default)] == ["connect", "default"]
    assert connect.attributes["target"] == default.attributes["target"]
    permission = one(app, "aws_lambda_permission").attributes
    assert permission["principal"] == "apigateway.amazonaws.com"
    known = Known(resources={api.resource: {None: {"execution_arn": "arn:api"}}})
    assert evaluate(permission["source_arn"], known) == "arn:api/production/*"


def test_an_alias_publishes_its_function_and_leads_to_the_newest_version(app: Architecture, code: Path) -> None:
    function = aws.Function(app, "f", code=code)
    live = function.alias("live", weights={"7": 0.1})
    assert function.resource.attributes["publish"] is True
    alias = one(app, "aws_lambda_alias").attributes
    assert (alias["name"], alias["function_version"]) == ("live", function.resource["version"])
    assert alias["routing_config"] == [{"additional_version_weights": {"7": 0.1}}]
    assert live.arn == live.resource["arn"]


def test_whoever_invokes_an_alias_may_invoke_that_alias_alone(app: Architecture, code: Path) -> None:
    api = aws.WebSocketApi(app, "chat", stage="production")
    live = aws.Function(app, "f", code=code).alias("live")
    api.route("$default", live)
    integration = one(app, "aws_apigatewayv2_integration").attributes
    assert integration["integration_uri"] == live.resource["invoke_arn"]
    assert one(app, "aws_lambda_permission").attributes["qualifier"] == live.resource["name"]


def test_a_table_tells_an_alias_of_its_changes(app: Architecture, code: Path) -> None:
    table = aws.Table(app, "t", key="id", stream="NEW_IMAGE")
    live = aws.Function(app, "f", code=code).alias("live")
    table.on_change(live)
    assert one(app, "aws_lambda_event_source_mapping").attributes["function_name"] == live.arn


def test_a_url_is_for_those_who_sign(app: Architecture, code: Path) -> None:
    url = aws.Function(app, "f", code=code).url(cors={"allow_origins": ["https://page.example"]})
    assert url.resource.attributes["authorization_type"] == "AWS_IAM"
    assert url.resource.attributes["cors"] == [{"allow_origins": ["https://page.example"]}]
    assert not [resource for resource in app.resources if resource.type == "aws_lambda_permission"]


def test_a_public_url_has_the_permission_that_the_provider_does_not_add(app: Architecture, code: Path) -> None:
    live = aws.Function(app, "f", code=code).alias("live")
    url = live.url(public=True)
    permission = one(app, "aws_lambda_permission").attributes
    assert (permission["action"], permission["principal"]) == ("lambda:InvokeFunction", "*")
    assert permission["qualifier"] == url.resource.attributes["qualifier"] == live.resource["name"]
    assert url.url == url.resource["function_url"]


def test_a_stage_that_logs_waits_for_the_accounts_role(app: Architecture) -> None:
    account = aws.ApiGatewayAccount(app, on=app.variable("logs", True, "Logs"))
    assert aws.WebSocketApi(app, "chat", stage="s", account=account).stage.depends_on == (account.resource,)


def test_connections_are_managed_over_https_on_the_same_address(app: Architecture) -> None:
    api = aws.WebSocketApi(app, "chat", stage="production")
    known = Known(resources={api.resource: {None: {"api_endpoint": "wss://x.aws", "execution_arn": "arn:api"}}})
    access = api.access("send", "disconnect")
    assert evaluate(entered(access.value), known) == "https://x.aws/production"
    assert [evaluate(entered(arn), known) for arn in access.statements[0].resources] == [
        "arn:api/production/POST/@connections/*",
        "arn:api/production/DELETE/@connections/*",
    ]


def test_a_certificate_is_waited_for(app: Architecture) -> None:
    certificate = aws.Certificate(app, "c", domain="x.com", zone=aws.Zone(app, "z", domain="x.com"))
    assert certificate.arn == one(app, "aws_acm_certificate_validation")["certificate_arn"]
    assert one(app, "aws_route53_record").each is not None


def test_everybody_is_sent_to_https(app: Architecture) -> None:
    balancer = aws.LoadBalancer(app, "b", name="b", subnets=["s1", "s2"], security_groups=["g"])
    redirect = balancer.redirect_http().attributes["default_action"][0]["redirect"][0]
    assert redirect == {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}


def misuses(app: Architecture, code: Path) -> list[tuple[Callable[[], Any], str, str]]:
    table = aws.Table(app, "t", key="id")
    api = aws.WebSocketApi(app, "api", stage="s")
    bucket = aws.Bucket(app, "b", name="b")
    function = aws.Function(app, "f", code=code)
    routes = app.variable("routes", ["a"], "Routes")
    return [
        (lambda: table.access("GetItm"), "DynamoDB has no operation 'GetItm'", "did you mean 'GetItem'?"),
        (table.access, "an access must say to what", 'for example table.access("GetItem", "PutItem")'),
        (lambda: table.on_change(function), "table 't' has no stream", 'give it one: stream="NEW_AND_OLD_IMAGES"'),
        (lambda: aws.Table(app, "u", key="id", numbers=["idd"]), "'idd' is no key of this table", "did you mean 'id'?"),
        (lambda: api.access("sned"), "a WebSocket API has no access 'sned'", "did you mean 'send'?"),
        (
            lambda: api.route(routes.each, function),
            "a route of var.routes.each needs a label",
            'for example label="custom"',
        ),
        (lambda: bucket.access("raed"), "a bucket has no access 'raed'", "did you mean 'read'?"),
        (lambda: aws.Function(app, "g", code="missing"), "there is no folder 'missing'", ""),
        (
            lambda: aws.Function(app, "h", code=code, environment={"AWS_REGION": "x"}),
            "Lambda sets AWS_REGION itself; a function cannot be given it",
            "",
        ),
        (lambda: aws.Queue(app, "q").access("sned"), "a queue has no access 'sned'", "did you mean 'send'?"),
        (lambda: function.on_success(bucket), "a bucket is told of failures only", ""),
    ]


@pytest.mark.parametrize("number", range(11))
def test_misuse_is_refused_where_it_stands(app: Architecture, code: Path, number: int) -> None:
    attempt, said, hint = misuses(app, code)[number]
    with pytest.raises(UserError) as caught:
        attempt()
    assert caught.value.what == said
    assert caught.value.hint == hint or not hint
    assert caught.value.where is not None
    assert Path(caught.value.where.file).name == Path(__file__).name
