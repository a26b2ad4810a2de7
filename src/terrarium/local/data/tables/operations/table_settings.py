"""What a table has beside its items: time to live, tags; and what an account has: limits, endpoints.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
"""

from __future__ import annotations

from msgspec.structs import replace

from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import not_found, validation
from terrarium.local.data.tables.model.expiry import expiry_of
from terrarium.local.data.tables.model.settings import MOST_TAGS, tags_of
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.values.wire import Body


def describe_time_to_live(engine: Engine, body: Body) -> Body:
    """Which attribute holds expiry times, if any."""
    table = engine.described_table(body["TableName"])
    if table.ttl is None:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": table.ttl}}


def update_time_to_live(engine: Engine, body: Body) -> Body:
    """Switches expiry on or off, at once; AWS takes up to an hour, and refuses a second change in it."""
    table = engine.described_table(body["TableName"])
    wanted = body["TimeToLiveSpecification"]
    if wanted["Enabled"] == (table.ttl is not None):
        raise validation(f"TimeToLive is already {'enabled' if wanted['Enabled'] else 'disabled'}")
    if table.ttl is not None and wanted["AttributeName"] != table.ttl:
        raise validation("TimeToLive is active on a different AttributeName: current AttributeName is " + table.ttl)
    table = replace(table, ttl=wanted["AttributeName"] if wanted["Enabled"] else None)
    engine.catalog.save(table)
    _note_expiries(engine, table)
    return {"TimeToLiveSpecification": wanted}


def tag_resource(engine: Engine, body: Body) -> Body:
    """Adds tags or changes their values."""
    table = _tagged_table(engine, body)
    _save_tags(engine, table, {**table.tags, **tags_of(body["Tags"])})
    return {}


def untag_resource(engine: Engine, body: Body) -> Body:
    """Removes tags; those that are not there are no error."""
    table = _tagged_table(engine, body)
    gone = set(body["TagKeys"])
    _save_tags(engine, table, {name: value for name, value in table.tags.items() if name not in gone})
    return {}


def list_tags_of_resource(engine: Engine, body: Body) -> Body:
    """All tags; fifty fit on one page."""
    table = _tagged_table(engine, body)
    return {"Tags": [{"Key": name, "Value": value} for name, value in table.tags.items()]}


def describe_limits(_engine: Engine, _body: Body) -> Body:
    """The quotas that a new account has.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    """
    return {
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": 40_000,
        "TableMaxWriteCapacityUnits": 40_000,
    }


def describe_endpoints(engine: Engine, _body: Body) -> Body:
    """The address that AWS's own clients would discover."""
    return {"Endpoints": [{"Address": f"dynamodb.{engine.region}.amazonaws.com", "CachePeriodInMinutes": 1440}]}


def _note_expiries(engine: Engine, table: Table) -> None:
    for stored in list(engine.rows.walk(table, None, ("hash >= ?", (b"",)), None, forward=True)):
        engine.rows.set_expiry(table, stored.item, expiry_of(stored.item, table.ttl) if table.ttl else None)


def _tagged_table(engine: Engine, body: Body) -> Table:
    table = engine.catalog.get(body["ResourceArn"])
    if table is None:
        raise not_found(f"Requested resource not found: ResourcArn: {body['ResourceArn']} not found")  # AWS's spelling
    return table


def _save_tags(engine: Engine, table: Table, tags: dict[str, str]) -> None:
    if len(tags) > MOST_TAGS:
        raise validation(f"One or more parameter values were invalid: Too many tags: a table has at most {MOST_TAGS}")
    engine.catalog.save(replace(table, settings={**table.settings, "tags": tags}))
