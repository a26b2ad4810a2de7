"""What crosses the border of a module, described for people: "ARN of the DynamoDB table players"."""

from __future__ import annotations

from terrarium.model.expressions import Every, Export, Ref, Value
from terrarium.model.graph import Resource
from terrarium.model.variables import Variable

# Words that are not spelled as they sound.
_SPELLED = {
    "acm": "ACM",
    "acl": "ACL",
    "ami": "AMI",
    "api": "API",
    "apigatewayv2": "API Gateway",
    "arn": "ARN",
    "arns": "ARNs",
    "cloudwatch": "CloudWatch",
    "dns": "DNS",
    "db": "database",
    "dynamodb": "DynamoDB",
    "ecr": "ECR",
    "ecs": "ECS",
    "eip": "elastic IP",
    "fqdn": "name",
    "fqdns": "names",
    "http": "HTTP",
    "iam": "IAM",
    "id": "id",
    "ip": "IP",
    "kms": "KMS",
    "lb": "load balancer",
    "nat": "NAT",
    "rds": "RDS",
    "route53": "Route 53",
    "s3": "S3",
    "ses": "SES",
    "sns": "SNS",
    "sqs": "SQS",
    "ssm": "SSM",
    "uri": "URI",
    "url": "URL",
    "vpc": "VPC",
    "waf": "WAF",
    "wafv2": "WAF",
}


def described(name: str, value: Value) -> str:
    """What a value is.

    Args:
        name: The name under which it crosses the border, which says it where nothing else does.
        value: The value.
    """
    if isinstance(value, Export):
        return described(name, value.module.exports[value.name])
    if isinstance(value, Variable) and value.description:
        return value.description
    if isinstance(value, Ref):
        attribute = "name" if value.attribute == "bucket" else value.attribute
        return _sentence(f"{_words(attribute)} of the {_thing(value.resource)}")
    if isinstance(value, Every):
        return _sentence(f"{_plural(_words(value.of.attribute))} of every {_thing(value.of.resource)}")
    if isinstance(value, list) and value and all(isinstance(item, Ref) for item in value):
        return _of_several(value)
    return _sentence(_words(name))


def _of_several(refs: list[Ref]) -> str:
    """One attribute of several resources of one type."""
    if len({(ref.attribute, ref.resource.type) for ref in refs}) > 1:
        return _sentence(" and ".join(f"{_words(ref.attribute)} of {_thing(ref.resource)}" for ref in refs))
    labels = [ref.resource.label for ref in refs]
    listed = ", ".join(labels[:-1]) + f" and {labels[-1]}" if len(labels) > 1 else labels[0]
    return _sentence(f"{_plural(_words(refs[0].attribute))} of the {_plural(_kind(refs[0].resource))} {listed}")


def _thing(resource: Resource) -> str:
    """The resource by its kind, and by its label where that says more."""
    kind = _kind(resource)
    return kind if resource.label in (kind.lower(), resource.type.removeprefix("aws_")) else f"{kind} {resource.label}"


def _kind(resource: Resource) -> str:
    words = _words(resource.type.removeprefix("aws_"))
    return {"API Gateway API": "API", "load balancer target group": "target group"}.get(words, words)


def _words(name: str) -> str:
    return " ".join(_SPELLED.get(word, word) for word in name.replace("-", "_").split("_"))


def _plural(words: str) -> str:
    return words if words.endswith("s") else f"{words}s"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
