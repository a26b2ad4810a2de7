"""Types that do nothing on a laptop, each with the reason: nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Mapping

_NETWORK = "everything here runs on one machine, without networks between its parts"
_NAMES = "names under .localhost need no zone"
_PERMISSION = "calls carry their role, but permissions are not enforced here yet"
_BUCKET = "a setting of the bucket that changes nothing here"
_SCALING = "capacities are held to as they are written, and nothing here scales them yet"
_ALARM = "metrics are kept, but no alarm looks at them here yet"

REASONS: Mapping[str, str] = {
    "aws_acm_certificate": "the certificate here is the laptop's own (--tls)",
    "aws_acm_certificate_validation": "the certificate here is the laptop's own (--tls)",
    "aws_api_gateway_account": "logs are written here without a role",
    "aws_appautoscaling_policy": _SCALING,
    "aws_appautoscaling_target": _SCALING,
    "aws_budgets_budget": "nothing here costs anything",
    "aws_cloudwatch_metric_alarm": _ALARM,
    "aws_eip": _NETWORK,
    "aws_flow_log": _NETWORK,
    "aws_iam_instance_profile": _PERMISSION,
    "aws_iam_role_policy_attachment": _PERMISSION,
    "aws_internet_gateway": _NETWORK,
    "aws_lambda_code_signing_config": "signatures of code are not verified here",
    "aws_lambda_function_recursion_config": "loops of functions are not looked for here",
    "aws_lambda_permission": _PERMISSION,
    "aws_lambda_runtime_management_config": "functions run in what is installed on this machine",
    "aws_lb_listener_certificate": "the certificate here is the laptop's own (--tls)",
    "aws_nat_gateway": _NETWORK,
    "aws_route": _NETWORK,
    "aws_route53_record": _NAMES,
    "aws_route53_zone": _NAMES,
    "aws_route_table": _NETWORK,
    "aws_route_table_association": _NETWORK,
    "aws_s3_bucket_lifecycle_configuration": _BUCKET,
    "aws_security_group": _NETWORK,
    "aws_subnet": _NETWORK,
    "aws_vpc": _NETWORK,
    "aws_vpc_endpoint": _NETWORK,
    "aws_vpc_security_group_egress_rule": _NETWORK,
    "aws_vpc_security_group_ingress_rule": _NETWORK,
}
