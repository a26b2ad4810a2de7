"""One page of a query or scan: as many items as Limit and 1 MB allow, filtered, projected, counted and charged.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import invalid, validation
from terrarium.local.data.tables.expressions.evaluate import holds
from terrarium.local.data.tables.expressions.projection import project
from terrarium.local.data.tables.expressions.tree import Condition, Path
from terrarium.local.data.tables.model.capacity import Units, read_units
from terrarium.local.data.tables.model.limits import PAGE
from terrarium.local.data.tables.model.table import Index, Table
from terrarium.local.data.tables.operations.items import consumed
from terrarium.local.data.tables.values.size import item_size
from terrarium.local.data.tables.values.stored_item import StoredItem
from terrarium.local.data.tables.values.wire import Body, Item
from terrarium.local.json_text import JsonText


class Selection(Struct, frozen=True):
    """What a reader wants of each item.

    Attributes:
        fetch: Whether a local index's missing attributes are fetched from the table.
        count_only: Whether only numbers are wanted.
    """

    table: Table
    index: Index | None
    filter: Condition | None
    paths: tuple[Path, ...] | None
    fetch: bool
    count_only: bool

    @property
    def whole(self) -> bool:
        """Whether items are wanted, and counted, as the table holds them."""
        return self.index is None or self.index.projection == "ALL"

    def view(self, item: Item) -> Item:
        """The item as the table or index shows it."""
        return item if self.index is None or self.fetch else self.table.projected(self.index, item)


class Page(Struct):
    """What has been read so far; `size` in bytes as the source holds the items, `fetched` per item of the table."""

    found: list[StoredItem] = field(default_factory=list)
    matched: int = 0
    scanned: int = 0
    size: int = 0
    fetched: float = 0.0
    last: StoredItem | None = None


def selection(
    body: Body, table: Table, index: Index | None, condition: Condition | None, paths: tuple[Path, ...] | None
) -> Selection:
    """What the request's Select and ProjectionExpression ask for.

    Raises:
        AwsError: ValidationException where they contradict each other or ask an index for what it does not hold.
    """
    select = body.get("Select") or ("SPECIFIC_ATTRIBUTES" if paths is not None else None)
    if paths is not None and select != "SPECIFIC_ATTRIBUTES":
        parameter = "ProjectionExpression" if body.get("AttributesToGet") is None else "AttributesToGet"
        chosen = "only the Count" if select == "COUNT" else select
        raise validation(f"Cannot specify the {parameter} when choosing to get {chosen}")
    if select == "SPECIFIC_ATTRIBUTES" and paths is None:
        raise validation("Must specify the AttributesToGet or ProjectionExpression when choosing SPECIFIC_ATTRIBUTES")
    if select == "ALL_PROJECTED_ATTRIBUTES" and index is None:
        raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    fetch = _fetches(table, index, select, paths)
    return Selection(table, index, condition, paths, fetch, select == "COUNT")


def read_page(rows: Iterable[StoredItem], wanted: Selection, limit: int | None) -> Page:
    """Reads until the rows end, the limit is reached or a further item would exceed 1 MB."""
    page = Page()
    index, whole = wanted.index, wanted.whole
    for stored in rows:
        size = stored.size if whole or index is None else item_size(wanted.table.projected(index, stored.item))
        if page.scanned and page.size + size > PAGE:
            return page
        _take(page, stored, size, wanted)
        if page.scanned == limit:
            return page
    page.last = None
    return page


def _take(page: Page, stored: StoredItem, size: int, wanted: Selection) -> None:
    page.scanned += 1
    page.size += size
    page.last = stored
    if wanted.fetch:
        page.fetched += read_units(stored.size, consistent=False)
    if wanted.filter is not None and not holds(wanted.filter, wanted.view(stored.item)):
        return
    page.matched += 1
    if not wanted.count_only:
        page.found.append(stored)


def _items(page: Page, wanted: Selection) -> JsonText | list[Item]:
    """The items that were found: as they are stored, where that is what is wanted of them."""
    if wanted.paths is not None:
        return [project(wanted.view(stored.item), wanted.paths) for stored in page.found]
    if wanted.whole or wanted.fetch:
        return JsonText(f"[{','.join([stored.text for stored in page.found])}]")
    return [wanted.view(stored.item) for stored in page.found]


def answer(engine: Engine, body: Body, page: Page, wanted: Selection) -> Body:
    """The response, with what the page has cost taken from the buckets."""
    table, index = wanted.table, wanted.index
    consistent = bool(body.get("ConsistentRead"))
    taken = read_units(page.size, consistent=consistent)
    units = Units(taken) if index is None else Units(page.fetched * (2 if consistent else 1), {index.name: taken})
    engine.charge(table, "read", units)
    response: Body = {} if wanted.count_only else {"Items": _items(page, wanted)}
    response["Count"] = page.matched
    response["ScannedCount"] = page.scanned
    if page.last is not None:
        response["LastEvaluatedKey"] = last_key(page.last.item, table, index)
    return response | consumed(body, table, units)


def last_key(item: Item, table: Table, index: Index | None) -> Item:
    """What names an item's place in the table or index: its key, and the index's."""
    return table.keys.of(item) | (index.keys.of(item) if index else {})


def _fetches(table: Table, index: Index | None, select: str | None, paths: tuple[Path, ...] | None) -> bool:
    """Whether items must come from the table; only local indexes do that."""
    names = table.projected_names(index) if index else None
    if index is None or names is None:
        return False
    missing = [str(path.elements[0]) for path in paths or () if path.elements[0] not in names]
    if not index.local and select == "ALL_ATTRIBUTES":
        raise invalid(
            f"Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name} "
            "because its projection type is not ALL"
        )
    if not index.local and missing:
        raise invalid(f"Global secondary index {index.name} does not project [{', '.join(missing)}]")
    return select == "ALL_ATTRIBUTES" or bool(missing)
