"""Lambda: functions in worker processes, through the Runtime API."""

from __future__ import annotations

from terrarium.local.compute.functions.event_queue import EventSettings
from terrarium.local.compute.functions.functions import Functions
from terrarium.local.compute.functions.settings import FunctionSettings, InvocationResult

__all__ = ["EventSettings", "FunctionSettings", "Functions", "InvocationResult"]
