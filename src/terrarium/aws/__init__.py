"""Constructs: parts of AWS architectures in the field's own words, secure by default, connected by links."""

from terrarium.aws.access import Access, Statement
from terrarium.aws.alarm import Alarm
from terrarium.aws.alias import Alias
from terrarium.aws.bucket import Bucket
from terrarium.aws.budget import Budget
from terrarium.aws.dns import Certificate, Zone
from terrarium.aws.function import Function, Layer
from terrarium.aws.function_url import FunctionUrl
from terrarium.aws.instance import Instance
from terrarium.aws.key import Key
from terrarium.aws.load_balancer import LoadBalancer, TargetGroup
from terrarium.aws.network import ANYWHERE, GatewayEndpoint, Network, SecurityGroup
from terrarium.aws.queue import Queue
from terrarium.aws.role import Role
from terrarium.aws.table import Table
from terrarium.aws.table_scaling import TableScaling
from terrarium.aws.topic import Topic
from terrarium.aws.usage_plan import UsagePlan
from terrarium.aws.user_pool import UserPool
from terrarium.aws.websocket_api import ApiGatewayAccount, WebSocketApi
from terrarium.model.program import Program

__all__ = [
    "ANYWHERE",
    "Access",
    "Alarm",
    "Alias",
    "ApiGatewayAccount",
    "Bucket",
    "Budget",
    "Certificate",
    "Function",
    "FunctionUrl",
    "GatewayEndpoint",
    "Instance",
    "Key",
    "Layer",
    "LoadBalancer",
    "Network",
    "Program",
    "Queue",
    "Role",
    "SecurityGroup",
    "Statement",
    "Table",
    "TableScaling",
    "TargetGroup",
    "Topic",
    "UsagePlan",
    "UserPool",
    "WebSocketApi",
    "Zone",
]
