"""What AWS decides when a resource is created: ids, ARNs and names in the forms that AWS gives them.

Forms of ARNs: "Resource types" of each service's page below
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
Which attribute holds what: the AWS provider's documentation of each resource.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terrarium.catalog.lambda_identifiers import LAMBDA
from terrarium.catalog.place import Attributes, Decide, Decided, Place

# Route 53's hosted zone of load balancers: https://docs.aws.amazon.com/general/latest/gr/elb.html
BALANCER_ZONES = {
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-east-2": "Z3AADJGX6KTTL2",
    "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5",
    "eu-west-1": "Z32O12XQLNTSW2",
    "eu-west-2": "ZHURV8PSTC4K8",
    "eu-central-1": "Z215JYRZR1TBD5",
    "ap-southeast-1": "Z1LMS91P8CMLE5",
    "ap-southeast-2": "Z1GM3OXH4ZPM65",
    "ap-northeast-1": "Z14GRHDCWA56QT",
}

# Route 53's hosted zones of API Gateway's Regional endpoints: https://docs.aws.amazon.com/general/latest/gr/apigateway.html
API_ZONES = {
    "us-east-1": "Z1UJRXOUMOOFQ8",
    "us-east-2": "ZOJJZC49E0EPZ",
    "us-west-1": "Z2MUQ32089INYE",
    "us-west-2": "Z2OJLYMUO9EFXC",
    "eu-west-1": "ZLY8HYME6SFDD",
    "eu-west-2": "ZJ5UAJN8Y3Z2Q",
    "eu-central-1": "Z1U9ULNL0V5AJ3",
    "ap-southeast-1": "ZL327KTPIQFUL",
    "ap-southeast-2": "Z2RPCDW04V8134",
    "ap-northeast-1": "Z1YSHQZHG15GKL",
}


def decided(type: str, attributes: Attributes, place: Place) -> Decided:
    """What AWS decides of a new resource.

    Args:
        type: Terraform's type.
        attributes: What was asked for.
        place: Where.

    Returns:
        Attributes with their values; for a type that is not listed here an id alone.
    """
    decide = _TYPES.get(type)
    return decide(attributes, place) if decide else {"id": f"{type.removeprefix('aws_')}-{place.hexadecimal(17)}"}


def _ec2(prefix: str, kind: str, **more: Callable[[Attributes, Place], Any]) -> Decide:
    """Resources of EC2 and VPC: an id of seventeen digits, an ARN, the owner."""

    def decide(attributes: Attributes, place: Place) -> Decided:
        id = f"{prefix}-{place.hexadecimal(17)}"
        own = {"id": id, "arn": place.arn("ec2", f"{kind}/{id}"), "owner_id": place.account}
        return own | {name: make(attributes, place) for name, make in more.items()}

    return decide


def _instance(attributes: Attributes, place: Place) -> Decided:
    own = _ec2("i", "instance")(attributes, place)
    number = int(place.hexadecimal(4), 16)
    address = attributes.get("private_ip") or f"10.0.101.{10 + number % 200}"
    name = f"ip-{address.replace('.', '-')}.ec2.internal"
    zone = attributes.get("availability_zone") or f"{place.region}a"
    return own | {
        "private_ip": address,
        "private_dns": name,
        "availability_zone": zone,
        "instance_state": "running",
        "public_ip": "",
    }


def _named(service: str, resource: str, *, name: str = "name", region: bool = True, id: str = "name") -> Decide:
    """Resources whose name makes their ARN."""

    def decide(attributes: Attributes, place: Place) -> Decided:
        own = attributes.get(name) or f"terraform-{place.hexadecimal(26)}"
        arn = place.arn(service, resource.format(own), region=region)
        return {name: own, "arn": arn, "id": arn if id == "arn" else own}

    return decide


def _role(attributes: Attributes, place: Place) -> Decided:
    own = _named("iam", "role/{}", region=False)(attributes, place)
    return own | {"unique_id": f"AROA{place.hexadecimal(17).upper()}"}


def _profile(attributes: Attributes, place: Place) -> Decided:
    own = _named("iam", "instance-profile/{}", region=False)(attributes, place)
    return own | {"unique_id": f"AIPA{place.hexadecimal(17).upper()}"}


def _table(attributes: Attributes, place: Place) -> Decided:
    # The stream's ARN holds the moment of its creation: whoever makes the table decides it.
    return _named("dynamodb", "table/{}")(attributes, place)


def _bucket(attributes: Attributes, place: Place) -> Decided:
    name = attributes.get("bucket") or f"terraform-{place.hexadecimal(26)}"
    domain = f"{name}.s3.amazonaws.com"
    regional = f"{name}.s3.{place.region}.amazonaws.com"
    own = {"id": name, "bucket": name, "arn": f"arn:aws:s3:::{name}", "region": place.region}
    return own | {"bucket_domain_name": domain, "bucket_regional_domain_name": regional}


def _object(attributes: Attributes, _: Place) -> Decided:
    return {"id": attributes["key"], "arn": f"arn:aws:s3:::{attributes['bucket']}/{attributes['key']}"}


def _api(attributes: Attributes, place: Place) -> Decided:
    id = place.word(10)
    scheme = "wss" if attributes.get("protocol_type") == "WEBSOCKET" else "https"
    return {
        "id": id,
        "arn": place.arn("apigateway", f"/apis/{id}", account=False),
        "execution_arn": place.arn("execute-api", id),
        "api_endpoint": f"{scheme}://{id}.execute-api.{place.region}.amazonaws.com",
    }


def _stage(attributes: Attributes, place: Place) -> Decided:
    name, api = attributes["name"], attributes["api_id"]
    return {
        "id": name,
        "arn": place.arn("apigateway", f"/apis/{api}/stages/{name}", account=False),
        "execution_arn": f"{place.arn('execute-api', api)}/{name}",
        "invoke_url": f"wss://{api}.execute-api.{place.region}.amazonaws.com/{name}",
    }


def _domain_name(attributes: Attributes, place: Place) -> Decided:
    name = attributes["domain_name"]
    return {
        "id": name,
        "arn": place.arn("apigateway", f"/domainnames/{name}", account=False),
        "api_mapping_selection_expression": "$request.basepath",
    }


def domain_target(place: Place) -> Mapping[str, str]:
    """What a Regional custom domain name of API Gateway is pointed at: a name, and Route 53's zone of such names.

    https://docs.aws.amazon.com/general/latest/gr/apigateway.html (the zones)
    """
    target = f"d-{place.word(10)}.execute-api.{place.region}.amazonaws.com"
    return {"target_domain_name": target, "hosted_zone_id": API_ZONES.get(place.region, "Z1UJRXOUMOOFQ8")}


def _key(_: Attributes, place: Place) -> Decided:
    id = place.uuid()
    return {"id": id, "key_id": id, "arn": place.arn("kms", f"key/{id}")}


def _alias(attributes: Attributes, place: Place) -> Decided:
    own = _named("kms", "{}")(attributes, place)
    return own | {"target_key_arn": place.arn("kms", f"key/{attributes['target_key_id']}")}


def _balancer(attributes: Attributes, place: Place) -> Decided:
    name = attributes.get("name") or f"tf-lb-{place.hexadecimal(20)}"
    prefix = {"network": "net", "gateway": "gwy"}.get(attributes.get("load_balancer_type") or "", "app")
    suffix = f"{prefix}/{name}/{place.hexadecimal(16)}"
    arn = place.arn("elasticloadbalancing", f"loadbalancer/{suffix}")
    number = int(place.hexadecimal(8), 16)
    return {
        "id": arn,
        "arn": arn,
        "arn_suffix": suffix,
        "name": name,
        "dns_name": f"{name}-{number}.{place.region}.elb.amazonaws.com",
        "zone_id": BALANCER_ZONES.get(place.region, "Z35SXDOTRQ7X7K"),
    }


def _target_group(attributes: Attributes, place: Place) -> Decided:
    name = attributes.get("name") or f"tf-{place.hexadecimal(20)}"
    suffix = f"targetgroup/{name}/{place.hexadecimal(16)}"
    arn = place.arn("elasticloadbalancing", suffix)
    return {"id": arn, "arn": arn, "arn_suffix": suffix, "name": name}


def _listener(attributes: Attributes, place: Place) -> Decided:
    arn = f"{attributes['load_balancer_arn'].replace(':loadbalancer/', ':listener/')}/{place.hexadecimal(16)}"
    return {"id": arn, "arn": arn}


def _listener_rule(attributes: Attributes, place: Place) -> Decided:
    arn = f"{attributes['listener_arn'].replace(':listener/', ':listener-rule/')}/{place.hexadecimal(16)}"
    return {"id": arn, "arn": arn}


def _zone(_: Attributes, place: Place) -> Decided:
    id = f"Z{place.hexadecimal(20).upper()}"
    servers = [
        f"ns-{number}.awsdns-{number % 64:02}.{end}"
        for number, end in ((17, "com"), (723, "net"), (1105, "org"), (1874, "co.uk"))
    ]
    return {"id": id, "zone_id": id, "arn": f"arn:aws:route53:::hostedzone/{id}", "name_servers": servers}


def _record(attributes: Attributes, _: Place) -> Decided:
    name = attributes["name"]
    return {"id": f"{attributes['zone_id']}_{name}_{attributes['type']}", "fqdn": name}


def _certificate(attributes: Attributes, place: Place) -> Decided:
    arn = place.arn("acm", f"certificate/{place.uuid()}")
    names = [attributes["domain_name"], *attributes.get("subject_alternative_names", [])]
    options = [
        {
            "domain_name": name,
            "resource_record_name": f"_{place.hexadecimal(32)}.{name}.",
            "resource_record_type": "CNAME",
            "resource_record_value": f"_{place.hexadecimal(32)[::-1]}.acm-validations.aws.",
        }
        for name in names
    ]
    return {"id": arn, "arn": arn, "domain_validation_options": options, "status": "ISSUED"}


def _validation(attributes: Attributes, _: Place) -> Decided:
    return {"id": attributes["certificate_arn"], "certificate_arn": attributes["certificate_arn"]}


def _queue(attributes: Attributes, place: Place) -> Decided:
    own = _named("sqs", "{}")(attributes, place)
    url = f"https://sqs.{place.region}.amazonaws.com/{place.account}/{own['name']}"
    return own | {"id": url, "url": url}


def _pool(_: Attributes, place: Place) -> Decided:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html"""
    id = f"{place.region}_{place.word(9)}"
    endpoint = f"cognito-idp.{place.region}.amazonaws.com/{id}"
    return {"id": id, "arn": place.arn("cognito-idp", f"userpool/{id}"), "endpoint": endpoint}


def _scaled(attributes: Attributes, place: Place) -> Decided:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html"""
    arn = place.arn("application-autoscaling", f"scalable-target/{place.hexadecimal(32)}")
    role = (
        "role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling"
    )
    service = str(attributes["service_namespace"])
    own = {"id": attributes["resource_id"], "arn": arn}
    return own | {"role_arn": place.arn("iam", f"{role}_DynamoDBTable", region=False)} if service == "dynamodb" else own


def _scaling_policy(attributes: Attributes, place: Place) -> Decided:
    what = f"{attributes['service_namespace']}/{attributes['resource_id']}:policyName/{attributes['name']}"
    arn = place.arn("autoscaling", f"scalingPolicy:{place.uuid()}:resource/{what}")
    return {"id": attributes["name"], "arn": arn}


def _budget(attributes: Attributes, place: Place) -> Decided:
    own = _named("budgets", "budget/{}", region=False)(attributes, place)
    return own | {"id": f"{place.account}:{own['name']}", "account_id": place.account}


def _parameter(attributes: Attributes, place: Place) -> Decided:
    """AWS's public parameter for the latest Amazon Linux names an image; the laptop has none, only its form."""
    value = f"ami-{place.hexadecimal(17)}"
    own = {
        "id": attributes["name"],
        "arn": place.arn("ssm", f"parameter/{attributes['name'].lstrip('/')}"),
        "version": 1,
    }
    return own | {"value": value, "insecure_value": value, "type": "String"}


_TYPES: Mapping[str, Decide] = {
    **LAMBDA,
    "aws_acm_certificate": _certificate,
    "aws_acm_certificate_validation": _validation,
    "aws_api_gateway_api_key": lambda attributes, place: {
        "id": place.word(10),
        "arn": place.arn("apigateway", f"/apikeys/{place.word(10)}", account=False),
        "value": attributes.get("value") or place.hexadecimal(40),
    },
    "aws_api_gateway_usage_plan": lambda _, place: {
        "id": place.word(6),
        "arn": place.arn("apigateway", f"/usageplans/{place.word(6)}", account=False),
    },
    "aws_apigatewayv2_api": _api,
    "aws_apigatewayv2_api_mapping": lambda _, place: {"id": place.word(6)},
    "aws_apigatewayv2_domain_name": _domain_name,
    "aws_apigatewayv2_integration": lambda _, place: {"id": place.word(7)},
    "aws_apigatewayv2_route": lambda _, place: {"id": place.word(7)},
    "aws_apigatewayv2_stage": _stage,
    "aws_appautoscaling_policy": _scaling_policy,
    "aws_appautoscaling_target": _scaled,
    "aws_budgets_budget": _budget,
    "aws_cloudwatch_log_group": _named("logs", "log-group:{}"),
    "aws_cloudwatch_metric_alarm": _named("cloudwatch", "alarm:{}", name="alarm_name"),
    "aws_cognito_user_group": lambda attributes, _: {"id": f"{attributes['user_pool_id']}/{attributes['name']}"},
    "aws_cognito_user_pool": _pool,
    "aws_cognito_user_pool_client": lambda _, place: {"id": place.word(26)},
    "aws_dynamodb_table": _table,
    "aws_eip": _ec2(
        "eipalloc", "elastic-ip", public_ip=lambda _, place: f"203.0.113.{int(place.hexadecimal(2), 16) % 254 + 1}"
    ),
    "aws_flow_log": _ec2("fl", "vpc-flow-log"),
    "aws_iam_instance_profile": _profile,
    "aws_iam_role": _role,
    "aws_iam_role_policy": lambda attributes, _: {"id": f"{attributes['role']}:{attributes.get('name', '')}"},
    "aws_instance": _instance,
    "aws_internet_gateway": _ec2("igw", "internet-gateway"),
    "aws_kms_alias": _alias,
    "aws_kms_key": _key,
    "aws_lb": _balancer,
    "aws_lb_listener": _listener,
    "aws_lb_listener_rule": _listener_rule,
    "aws_lb_target_group": _target_group,
    "aws_nat_gateway": _ec2("nat", "natgateway"),
    "aws_route": lambda attributes, place: {"id": f"r-{attributes['route_table_id']}{place.hexadecimal(10)}"},
    "aws_route53_record": _record,
    "aws_route53_zone": _zone,
    "aws_route_table": _ec2("rtb", "route-table"),
    "aws_route_table_association": _ec2("rtbassoc", "route-table-association"),
    "aws_s3_bucket": _bucket,
    "aws_s3_object": _object,
    "aws_secretsmanager_secret": lambda attributes, place: {
        "id": place.arn("secretsmanager", f"secret:{attributes['name']}-{place.word(6)}"),
        "arn": place.arn("secretsmanager", f"secret:{attributes['name']}-{place.word(6)}"),
    },
    "aws_security_group": _ec2("sg", "security-group"),
    "aws_sns_topic": _named("sns", "{}", id="arn"),
    "aws_sqs_queue": _queue,
    "aws_ssm_parameter": _parameter,
    "aws_subnet": _ec2("subnet", "subnet"),
    "aws_vpc": _ec2("vpc", "vpc"),
    "aws_vpc_endpoint": _ec2("vpce", "vpc-endpoint"),
    "aws_vpc_security_group_egress_rule": _ec2("sgr", "security-group-rule"),
    "aws_vpc_security_group_ingress_rule": _ec2("sgr", "security-group-rule"),
}
