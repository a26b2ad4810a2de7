"""Lambda: functions in worker processes, through the Runtime API."""

from __future__ import annotations

from terrarium.local.compute.functions.aliases import Alias
from terrarium.local.compute.functions.event_attempts import EventSettings
from terrarium.local.compute.functions.functions import Functions
from terrarium.local.compute.functions.provisioning import Provisioned
from terrarium.local.compute.functions.settings import FunctionSettings, InvocationResult
from terrarium.local.compute.functions.stream_batch import StreamSettings
from terrarium.local.compute.functions.stream_poller import StreamMapping
from terrarium.local.compute.functions.stream_source import Checkpoints, Records, StreamRecords

__all__ = [
    "Alias",
    "Checkpoints",
    "EventSettings",
    "FunctionSettings",
    "Functions",
    "InvocationResult",
    "Provisioned",
    "Records",
    "StreamMapping",
    "StreamRecords",
    "StreamSettings",
]
