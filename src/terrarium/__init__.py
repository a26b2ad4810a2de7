"""AWS architectures in Python: written once, alive on a laptop, and shipped as Terraform."""

from terrarium.errors import UserError
from terrarium.model.conditions import both, choose, either, equals, given, negate
from terrarium.model.expressions import Bundle, Json, bundle, call
from terrarium.model.graph import Architecture, Lifecycle, Module, Provider, Resource
from terrarium.model.origin import beside
from terrarium.model.variables import Variable

__all__ = [
    "Architecture",
    "Bundle",
    "Json",
    "Lifecycle",
    "Module",
    "Provider",
    "Resource",
    "UserError",
    "Variable",
    "beside",
    "both",
    "bundle",
    "call",
    "choose",
    "either",
    "equals",
    "given",
    "negate",
]
