"""A Lambda function (https://docs.aws.amazon.com/lambda/latest/dg/) and the layers it shares with others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from terrarium.aws.access import Access, Statement
from terrarium.aws.alias import Alias
from terrarium.aws.bucket import Bucket
from terrarium.aws.event_invocations import Destination, EventInvocations
from terrarium.aws.function_url import FunctionUrl
from terrarium.aws.role import Role
from terrarium.errors import UserError
from terrarium.model.conditions import choose, implied
from terrarium.model.expressions import Bundle, Value, call
from terrarium.model.graph import Module, Resource
from terrarium.model.origin import beside, origin

PYTHON = "python3.13"
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
RESERVED = frozenset(
    """
    _HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE
    AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR
    """.split()
)


class Layer:
    """Code that several functions share.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        code: A folder beside the file that says so, laid out as Lambda wants layers: Python below ``python/``.
        runtimes: The runtimes it is for.
    """

    def __init__(self, scope: Module, label: str, *, code: str | Path, runtimes: Sequence[Value] = (PYTHON,)) -> None:
        bundle = bundle_of(code, label)
        with scope.layer("functions"):
            self.resource = scope.add(
                "aws_lambda_layer_version",
                label,
                layer_name=f"{scope.prefix}-{label}",
                filename=bundle,
                source_code_hash=call("filebase64sha256", bundle),
                compatible_runtimes=list(runtimes),
            )


class Function:
    """A function with its role, its log group and exactly the permissions that its links need.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        code: A folder beside the file that says so.
        name: Its name in AWS; from the architecture's prefix, if not given.
        handler: ``module.function`` in that folder; ``<label>.handler``, if not given.
        links: What it may use, by the name of the environment variable that tells where.
        environment: Further environment variables.
        layers: Code that it shares.
        runtime: Lambda's name of the runtime.
        memory: Memory in MB; processor time grows with it.
        timeout: Seconds after which Lambda stops it.
        concurrency: How many of it may run side by side, if fewer than the account allows.
        tracing: Whether X-Ray samples it.
        retention: Days for which its log is kept.
        dead_letter: A queue or topic for events that it could not process; see also `on_failure`, which tells more.
    """

    def __init__(
        self,
        scope: Module,
        label: str,
        *,
        code: str | Path,
        name: Value = None,
        handler: str | None = None,
        links: Mapping[str, Access] | None = None,
        environment: Mapping[str, Value] | None = None,
        layers: Sequence[Layer] = (),
        runtime: Value = PYTHON,
        memory: Value = 256,
        timeout: Value = 10,
        concurrency: Value = None,
        tracing: Value = False,
        retention: Value = 14,
        dead_letter: Destination | None = None,
    ) -> None:
        self.scope = scope
        self.label = label
        physical = f"{scope.prefix}-{label}" if name is None else name
        links = links or {}
        _no_reserved([*links, *(environment or {})])
        bundle = bundle_of(code)
        with scope.layer("functions"):
            self.logs = scope.add(
                "aws_cloudwatch_log_group", label, name=f"/aws/lambda/{physical}", retention_in_days=retention
            )
            self.role = Role(scope, label, name=physical, service="lambda")
            self.role.grant(_writes_logs(self.logs))
            self.role.grant(_traces(tracing))
            letters = dead_letter.receives() if dead_letter is not None else None
            for access in (*links.values(), *([letters] if letters else [])):
                self.role.grant(access.statements)
            self.resource = scope.add(
                "aws_lambda_function",
                label,
                function_name=physical,
                role=self.role.arn,
                runtime=runtime,
                handler=handler or f"{label}.handler",
                filename=bundle,
                source_code_hash=call("filebase64sha256", bundle),
                memory_size=memory,
                timeout=timeout,
                reserved_concurrent_executions=concurrency,
                layers=[layer.resource["arn"] for layer in layers] or None,
                environment=_environment(self.role.resource.when, links, environment or {}),
                tracing_config={"mode": choose(tracing, "Active", "PassThrough")},
                logging_config={"log_format": "Text", "log_group": self.logs["name"]},
                dead_letter_config={"target_arn": letters.value} if letters else None,
                depends_on=self.role.policies if letters else (),  # Lambda looks whether the role may send them
            )
        self._events = EventInvocations(scope, label, self.name, self.role)

    @property
    def name(self) -> Value:
        """Its name in AWS."""
        return self.resource["function_name"]

    @property
    def arn(self) -> Value:
        """Its ARN."""
        return self.resource["arn"]

    def on_failure(self, destination: Destination) -> Resource:
        """Tells somebody of each event that it could not process, with what it was and what went wrong.

        Args:
            destination: A queue, a topic, a bucket or another function.
        """
        return self._events.tell("on_failure", destination)

    def on_success(self, destination: Destination) -> Resource:
        """Tells somebody of each event that it has processed, with what it returned.

        Args:
            destination: A queue, a topic or another function.

        Raises:
            UserError: It is a bucket: those are told of failures only.
        """
        if isinstance(destination, Bucket):
            raise UserError(
                "a bucket is told of failures only", where=origin(), hint="give a queue, a topic or a function"
            )
        return self._events.tell("on_success", destination)

    def events(self, *, retries: Value = None, maximum_age: Value = None) -> Resource:
        """Says how events are retried.

        Args:
            retries: How often, 0 to 2, where the function fails.
            maximum_age: Seconds after which an event is given up, 60 to 21,600.
        """
        return self._events.settings(maximum_retry_attempts=retries, maximum_event_age_in_seconds=maximum_age)

    def receives(self) -> Access:
        """What whoever tells it something needs."""
        return Access(self.arn, (Statement(("lambda:InvokeFunction",), (self.arn,)),))

    @property
    def function_name(self) -> Value:
        """Its name in AWS."""
        return self.name

    @property
    def qualifier(self) -> Value:
        """None: it is itself, and none of its versions."""
        return None

    def url(self, *, public: bool = False, cors: Mapping[str, Value] | None = None) -> FunctionUrl:
        """An address for HTTP requests, each of which is an invocation.

        Args:
            public: Whether everybody may call it; else requests are signed by who may ``lambda:InvokeFunctionUrl``.
            cors: Which pages of other origins may read its answers: ``allow_origins``, ``allow_methods`` and so on.
        """
        return FunctionUrl(self, public=public, cors=cors)

    def alias(
        self,
        name: str,
        *,
        version: Value = None,
        weights: Mapping[str, Value] | None = None,
        description: Value = None,
    ) -> Alias:
        """A name for a published version: callers of the alias notice a new version only when the alias leads there.

        Args:
            name: The alias's name, for example ``live``.
            version: The version that it leads to; the newest, if not given.
            weights: The share of invocations, between 0 and 1, that run another version, by its number.
            description: What it is for.
        """
        return Alias(self, name, version=version, weights=weights, description=description)

    def allow(self, label: str, *, service: str, source: Value) -> Resource:
        """Lets another service invoke it.

        Args:
            label: The permission's name in the module.
            service: Who invokes it, for example ``apigateway``.
            source: The ARN on whose behalf; may end with a wildcard.
        """
        return self.scope.add(
            "aws_lambda_permission",
            label,
            action="lambda:InvokeFunction",
            function_name=self.name,
            principal=f"{service}.amazonaws.com",
            source_arn=source,
        )


def bundle_of(code: str | Path, name: str | None = None) -> Bundle:
    """A folder beside the user's file as a bundle.

    Raises:
        UserError: There is no such folder.
    """
    folder = beside(code)
    if not folder.is_dir():
        raise UserError(f"there is no folder {str(code)!r}", where=origin(), hint=f"it would be {folder}")
    return Bundle((("", folder),), name or folder.name)


def _writes_logs(group: Resource) -> list[Statement]:
    return [Statement(("logs:CreateLogStream", "logs:PutLogEvents"), (f"{group['arn']}:*",))]


def _traces(tracing: Value) -> list[Statement]:
    # X-Ray's two actions know no resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    if tracing is False:
        return []
    return [Statement(("xray:PutTraceSegments", "xray:PutTelemetryRecords"), ("*",), when=tracing)]


def _environment(exists: Value, links: Mapping[str, Access], more: Mapping[str, Value]) -> dict[str, Value] | None:
    """The environment variables; one whose owner may be left out where the function exists, may be left out too."""
    there = {name: access.value for name, access in links.items() if implied(access.when, exists)}
    optional: dict[Value, dict[str, Value]] = {}
    for name, access in links.items():
        if name not in there:
            optional.setdefault(access.when, {})[name] = access.value
    there |= more
    if not optional:
        return {"variables": there} if there else None
    perhaps = [choose(when, variables, None) for when, variables in optional.items()]
    return {"variables": call("merge", there, *perhaps)}


def _no_reserved(variables: Iterable[str]) -> None:
    """Lambda refuses its own names."""
    for name in variables:
        if name in RESERVED:
            raise UserError(f"Lambda sets {name} itself; a function cannot be given it", where=origin())
