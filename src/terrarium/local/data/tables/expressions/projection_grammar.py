"""Projections: the paths of an item that a reader wants, and an item cut down to them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
"""

from __future__ import annotations

from functools import lru_cache

from terrarium.local.data.tables.expressions.reader import Reader
from terrarium.local.data.tables.expressions.tree import Path


@lru_cache(maxsize=1024)
def parse_projection(text: str) -> tuple[Path, ...]:
    """The paths that a text lists.

    Raises:
        ExpressionError: Where it lists none.
    """
    reader = Reader(text, frozenset())
    paths = [reader.path()]
    while reader.skip(","):
        paths.append(reader.path())
    reader.expect_end()
    return tuple(paths)
