"""How far back a table can be recovered: a setting and a clock, as DescribeContinuousBackups shows it.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from msgspec import Struct

from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.values.wire import Body

DAY = 86_400  # seconds
DAYS = 35  # that recovery reaches back unless told otherwise
LAG = 300  # seconds: LatestRestorableDateTime "is typically 5 minutes before the current time"


class Recovery(Struct, frozen=True):
    """A recoverable table's setting.

    Attributes:
        since: When its history begins, in seconds since the epoch.
        days: How many days the history is kept.
    """

    since: float
    days: int

    @classmethod
    def of(cls, table: Table) -> Self | None:
        """The table's setting, or None where it cannot be recovered."""
        stored: Mapping[str, Any] | None = table.settings.get("recovery")  # JSON, as `stored` made it
        return cls(stored["since"], stored["days"]) if stored else None

    @property
    def stored(self) -> dict[str, Any]:
        """The setting as JSON, for storage."""
        return {"since": self.since, "days": self.days, "history": True}

    def earliest(self, now: float) -> float:
        """EarliestRestorableDateTime."""
        return max(self.since, now - self.days * DAY)

    def latest(self, now: float) -> float:
        """LatestRestorableDateTime."""
        return max(self.since, now - LAG)


def described(recovery: Recovery | None, now: float) -> Body:
    """ContinuousBackupsDescription."""
    description: Body = {"PointInTimeRecoveryStatus": "DISABLED"}
    if recovery is not None:
        description = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": recovery.days,
            "EarliestRestorableDateTime": recovery.earliest(now),
            "LatestRestorableDateTime": recovery.latest(now),
        }
    return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": description}


def lacks_history(table: Table) -> bool:
    """Whether a table was made recoverable when its changes were not noted yet."""
    stored = table.settings.get("recovery")
    return stored is not None and not stored.get("history")
