"""The operations of CloudWatch Logs over the log store.

JSON bodies in, JSON results out; what is not listed here is refused by name.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.watch.log_batch import Accepted, accept
from terrarium.local.watch.log_records import END, START, LogEvent, LogGroup, LogStream, Position
from terrarium.local.watch.logs import PAGE_EVENTS, LogStore
from terrarium.local.watch.parameters import Parameters

_GROUP = r"[\.\-_/#A-Za-z0-9]+"
_STREAM = r"[^:*]*"
_NAME_LENGTH = 512
_DESCRIBED = 50
_FAR = 2**53
_MOST_TAGS = 50

#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTIONS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)

# Results have the members that each operation defines.
Result = dict[str, Any]


class LogsApi:
    """CloudWatch Logs of one account and region.

    Args:
        store: Where the events are.
        clock: Decides which events are too old or too new to be taken.
    """

    def __init__(self, store: LogStore, clock: Clock, *, account: str, region: str) -> None:
        self._store = store
        self._clock = clock
        self._arn = f"arn:aws:logs:{region}:{account}:log-group:"
        self._operations: dict[str, Callable[[Parameters], Result]] = {
            "CreateLogGroup": self._create_group,
            "DeleteLogGroup": self._delete_group,
            "DescribeLogGroups": self._describe_groups,
            "CreateLogStream": self._create_stream,
            "DeleteLogStream": self._delete_stream,
            "DescribeLogStreams": self._describe_streams,
            "PutRetentionPolicy": self._put_retention,
            "DeleteRetentionPolicy": self._delete_retention,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": self._list_tags,
            "PutLogEvents": self._put_events,
            "GetLogEvents": self._get_events,
            "FilterLogEvents": self._filter_events,
        }

    async def call(self, operation: str, body: Mapping[str, Any]) -> Result:
        """Carries out one operation, beside the loop because it reads a disk.

        Raises:
            AwsError: The operation's documented refusals; ``UnknownOperationException`` for one that is not here.
        """
        carry_out = self._operations.get(operation)
        if carry_out is None:
            raise AwsError("UnknownOperationException", f"Terrarium does not support logs:{operation} yet")
        return await asyncio.to_thread(carry_out, Parameters(body, "InvalidParameterException"))

    def _create_group(self, params: Parameters) -> Result:
        name, tags = _group_name(params), _tags(params)
        self._store.create_group(name)
        self._store.set_tags(name, tags)
        return {}

    def _tag(self, params: Parameters) -> Result:
        name = self._tagged(params)
        tags = {**self._store.group(name).tags, **_tags(params)}
        if len(tags) > _MOST_TAGS:
            raise AwsError("TooManyTagsException", f"A resource can have no more than {_MOST_TAGS} tags.")
        self._store.set_tags(name, tags)
        return {}

    def _untag(self, params: Parameters) -> Result:
        name, gone = self._tagged(params), params.items("tagKeys", _MOST_TAGS)
        tags = self._store.group(name).tags
        self._store.set_tags(name, {key: value for key, value in tags.items() if key not in gone})
        return {}

    def _list_tags(self, params: Parameters) -> Result:
        return {"tags": dict(self._store.group(self._tagged(params)).tags)}

    def _tagged(self, params: Parameters) -> str:
        """The group that an ARN names, with or without the ``:*`` that stands for its streams."""
        arn = params.text("resourceArn", r"[\w+=/:,.@\-*]*", 1_011)
        return arn.removeprefix(self._arn).removesuffix(":*")

    def _delete_group(self, params: Parameters) -> Result:
        self._store.delete_group(_group_name(params))
        return {}

    def _describe_groups(self, params: Parameters) -> Result:
        prefix = params.optional_text("logGroupNamePrefix", _GROUP, _NAME_LENGTH)
        pattern = params.optional_text("logGroupNamePattern", _GROUP, _NAME_LENGTH)
        if prefix and pattern:
            raise AwsError(
                "InvalidParameterException",
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            )
        groups = [it for it in self._store.groups() if it.name.startswith(prefix) and pattern in it.name]
        page, more = _page(params, groups, lambda group: group.name)
        return {"logGroups": [self._described_group(group) for group in page], **more}

    def _described_group(self, group: LogGroup) -> Result:
        kept = {} if group.retention is None else {"retentionInDays": group.retention}
        return {
            "logGroupName": group.name,
            "creationTime": group.created,
            "metricFilterCount": 0,
            "arn": f"{self._arn}{group.name}:*",
            "logGroupArn": self._arn + group.name,
            "storedBytes": group.size,
            "logGroupClass": "STANDARD",
            **kept,
        }

    def _create_stream(self, params: Parameters) -> Result:
        self._store.create_stream(_group_name(params), _stream_name(params))
        return {}

    def _delete_stream(self, params: Parameters) -> Result:
        self._store.delete_stream(_group_name(params), _stream_name(params))
        return {}

    def _describe_streams(self, params: Parameters) -> Result:
        group = self._group(params)
        prefix = params.optional_text("logStreamNamePrefix", _STREAM, _NAME_LENGTH)
        by_time = params.optional_text("orderBy", "LogStreamName|LastEventTime") == "LastEventTime"
        if by_time and prefix:
            raise AwsError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
        streams = [stream for stream in self._store.streams(group) if stream.name.startswith(prefix)]
        if by_time:
            streams.sort(key=lambda stream: (stream.last_event or 0, stream.name))
        if params.flag("descending"):
            streams.reverse()
        page, more = _page(params, streams, lambda stream: stream.name)
        return {"logStreams": [self._described_stream(group, stream) for stream in page], **more}

    def _described_stream(self, group: str, stream: LogStream) -> Result:
        times = {
            "firstEventTimestamp": stream.first_event,
            "lastEventTimestamp": stream.last_event,
            "lastIngestionTime": stream.last_ingested,
        }
        return {
            "logStreamName": stream.name,
            "creationTime": stream.created,
            "arn": f"{self._arn}{group}:log-stream:{stream.name}",
            "storedBytes": 0,  # "storedBytes is no longer used, and is always set to zero", API_LogStream.html
            **{name: time for name, time in times.items() if time is not None},
        }

    def _put_retention(self, params: Parameters) -> Result:
        days = params.number("retentionInDays", 1, 3653, 0)
        if days not in _RETENTIONS:
            allowed = ", ".join(map(str, sorted(_RETENTIONS)))
            raise params.invalid("retentionInDays", days, f"Member must satisfy enum value set: [{allowed}]")
        self._store.set_retention(_group_name(params), days)
        return {}

    def _delete_retention(self, params: Parameters) -> Result:
        self._store.set_retention(_group_name(params), None)
        return {}

    def _put_events(self, params: Parameters) -> Result:
        group, stream = _group_name(params), _stream_name(params)
        retention = self._store.group(group).retention
        if stream not in {it.name for it in self._store.streams(group)}:
            raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
        batch: Accepted = accept(params.items("logEvents", PAGE_EVENTS), int(self._clock.now() * 1_000), retention)
        for timestamp, message in batch.events:
            self._store.write(group, stream, message, timestamp)
        return {"rejectedLogEventsInfo": batch.rejected} if batch.rejected else {}

    def _get_events(self, params: Parameters) -> Result:
        token = params.optional_text("nextToken")
        after = Position(params.number("startTime", 0, _FAR, 0), START.id)
        # "Events with a timestamp equal to or later than this time are not included", API_GetLogEvents.html
        before = Position(params.number("endTime", 0, _FAR, _FAR), START.id)
        newest = not params.flag("startFromHead")
        if token:
            newest, place = _read_token(token)
            after, before = (after, min(before, place)) if newest else (max(after, place), before)
        limit = params.number("limit", 1, PAGE_EVENTS, PAGE_EVENTS)
        stream = _stream_name(params)
        events = self._store.read(self._group(params), stream, after=after, before=before, limit=limit, newest=newest)
        forward = events[-1].position if events else (before if newest else after)
        backward = events[0].position if events else (before if newest else after)
        return {
            "events": [_output_event(event) for event in events],
            "nextForwardToken": f"f/{forward.timestamp}.{forward.id}/s",
            "nextBackwardToken": f"b/{backward.timestamp}.{backward.id}/s",
        }

    def _filter_events(self, params: Parameters) -> Result:
        if "startFromHead" in params and not params.flag("startFromHead"):
            raise AwsError("InvalidParameterException", "Terrarium returns filtered events oldest first only")
        token = params.optional_text("nextToken")
        start = Position(params.number("startTime", 0, _FAR, 0), START.id)
        streams = params.items("logStreamNames", 100)
        events, more = self._store.filter(
            self._group(params),
            pattern=params.optional_text("filterPattern", longest=1_024),
            streams=[str(name) for name in streams] or None,
            prefix=params.optional_text("logStreamNamePrefix", _STREAM, _NAME_LENGTH),
            after=max(start, _read_token(token)[1]) if token else start,
            # unlike GetLogEvents, "events with a timestamp later than this time are not returned"
            before=Position(params.number("endTime", 0, _FAR, _FAR), END.id),
            limit=params.number("limit", 1, PAGE_EVENTS, PAGE_EVENTS),
        )
        found = [{"logStreamName": it.stream, "eventId": _event_id(it), **_output_event(it)} for it in events]
        going_on = {"nextToken": f"f/{more.timestamp}.{more.id}/s"} if more else {}
        return {"events": found, "searchedLogStreams": [], **going_on}

    def _group(self, params: Parameters) -> str:
        """A group by name, or by ``logGroupIdentifier``, which may be its ARN."""
        if "logGroupIdentifier" not in params:
            return _group_name(params)
        if "logGroupName" in params:
            raise AwsError(
                "InvalidParameterException", "LogGroup name and LogGroup identifier are mutually exclusive parameters."
            )
        identifier = params.text("logGroupIdentifier", r"[\w#+=/:,.@-]*")
        return identifier.removeprefix(self._arn).removesuffix(":*")


def _tags(params: Parameters) -> dict[str, str]:
    """The tags of a request: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html"""
    tags = params.mapping("tags", _MOST_TAGS)
    for key, value in tags.items():
        if not isinstance(value, str) or not 1 <= len(key) <= 128 or len(value) > 256:
            raise params.invalid("tags", key, "Map keys must have 1 to 128 characters, values at most 256")
    return tags


def _group_name(params: Parameters) -> str:
    return params.text("logGroupName", _GROUP, _NAME_LENGTH)


def _stream_name(params: Parameters) -> str:
    return params.text("logStreamName", _STREAM, _NAME_LENGTH)


def _page(params: Parameters, every: list[Any], name: Callable[[Any], str]) -> tuple[list[Any], Result]:
    """Some of a listing, from after the name that its token gives, and the token for what follows."""
    token, limit = params.optional_text("nextToken"), params.number("limit", 1, _DESCRIBED, _DESCRIBED)
    names = [name(it) for it in every]
    start = names.index(token) + 1 if token in names else 0
    page = every[start : start + limit]
    return page, ({"nextToken": name(page[-1])} if start + limit < len(every) else {})


def _read_token(token: str) -> tuple[bool, Position]:
    """Whether a token leads backwards, and from where."""
    found = re.fullmatch(r"([fb])/(-?\d{1,20})\.(-?\d{1,20})/s", token, re.ASCII)
    if found is None:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    return found[1] == "b", Position(min(int(found[2]), END.timestamp), min(int(found[3]), END.id))


def _output_event(event: LogEvent) -> Result:
    return {"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.ingested}


def _event_id(event: LogEvent) -> str:
    return f"{event.timestamp:036}{event.id:020}"
