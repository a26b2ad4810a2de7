"""The page that shows what holds where, written from results that were kept.

The same results and statements make the same page; whoever ran them is none of its business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.environment import ROOT
from tests.fidelity.statements_read import AREAS, Statement

PAGE = ROOT / "docs" / "fidelity.md"
RESULTS = Path(__file__).parent / "results.json"
NAMES = {
    "terrarium": "Terrarium",
    "ministack": "[MiniStack](https://pypi.org/project/ministack/)",
    "moto": "[moto](https://docs.getmoto.org/) server",
    "serverless-offline": "[serverless-offline](https://github.com/dherault/serverless-offline)",
}
SHORT = {"terrarium": "Terrarium", "ministack": "MiniStack", "moto": "moto", "serverless-offline": "serverless-offline"}
SOCKETS = ("WebSocket APIs", "@connections", "Lambda")
#: What each one sets out to do; the rest counts in the last row only.
CLAIMS: Mapping[str, Sequence[str]] = {
    "terrarium": tuple(AREAS.values()),
    "ministack": tuple(AREAS.values()),
    "moto": ("DynamoDB", "DynamoDB Streams"),
    "serverless-offline": SOCKETS,
}


@dataclass(frozen=True)
class Score:
    """How one contender did.

    Attributes:
        version: Its version.
        date: The day it was tried.
        holding: The names of the statements that hold for it.
        tried: How many were tried.
    """

    version: str
    date: str
    holding: list[str]
    tried: int

    # What json writes.
    def plain(self) -> dict[str, Any]:
        return asdict(self)


Results = dict[str, Score]


def read_results() -> Results:
    """What was kept."""
    if not RESULTS.exists():
        return {}
    return {name: Score(**kept) for name, kept in json.loads(RESULTS.read_text()).items()}


INTRODUCTION = """\
# Fidelity

What AWS documents, one statement at a time, tried as plain boto3, HTTP and WebSocket clients that know nothing of what
answers them. Each statement has its source. The same statements run against other local clouds, each set up by its own
means: through the AWS API, or as a project of the Serverless Framework. A statement that a contender cannot even be
asked counts as not holding.
"""
HOW = """\
Claimed are the areas that a project sets out to cover; the last row counts every statement for everyone. moto describes
functions, APIs and balancers, and runs functions in Docker only, which was not there; serverless-offline leaves tables
and balancers to other tools, and its functions kept their notes in moto's tables. It
was started again after each statement that it failed, since a handler that raises hangs in it.

We wrote the statements, while looking at what we had built: that favours us. A statement you miss is welcome, above all
one that we fail. They have not been run against a real account yet.

## Run them

```text
make test ARGS=tests/fidelity
.venv/bin/python -m pytest tests/fidelity/statements --endpoint http://localhost:4566
.venv/bin/python -m pytest tests/fidelity/statements --profile my-account
```

The first tries Terrarium. The second tries whatever answers AWS's APIs on this machine. The third tries a real account:
it creates tables, functions, roles and APIs, which cost money while they are there, and deletes them in the end. It is
never done unless you name a profile. The load balancer is left out there, as its targets would have to be reachable
from a network of yours.

```text
.venv/bin/python bench/peers.py install FOLDER
.venv/bin/python -m tests.fidelity.score --peers FOLDER
```

tries everybody and writes this page.
"""


def page(results: Results, statements: Sequence[Statement]) -> str:
    """The page's text.

    Args:
        results: By contender.
        statements: All of them.
    """
    known = [name for name in NAMES if name in results]
    return "\n".join(
        [
            INTRODUCTION,
            *_table(known, results, statements),
            "",
            *_untried(known, results, statements),
            HOW,
            *_failing(results, statements),
            "",
            "## Every statement",
            "",
            *_every(known, results, statements),
            "",
        ]
    )


def _untried(known: Sequence[str], results: Results, statements: Sequence[Statement]) -> list[str]:
    """Whom not every statement was tried with, since there are newer ones."""
    lines = [
        f"{NAMES[name].partition(']')[0].lstrip('[')} was tried with {results[name].tried} of the {len(statements)} "
        "statements; the newer ones count as not holding for it."
        for name in known
        if results[name].tried < len(statements)
    ]
    return [*lines, ""] if lines else []


def _table(known: Sequence[str], results: Results, statements: Sequence[Statement]) -> list[str]:
    of = {name: set(results[name].holding) for name in known}

    def count(name: str, areas: Sequence[str]) -> str:
        within = [statement for statement in statements if statement.area in areas]
        return f"{sum(statement.name in of[name] for statement in within)} / {len(within)}"

    rows = [[area, *(count(name, [area]) for name in known)] for area in AREAS.values()]
    rows.append(["**claimed**", *(count(name, CLAIMS[name]) for name in known)])
    rows.append(["**all**", *(f"**{count(name, tuple(AREAS.values()))}**" for name in known)])
    heads = [f"{NAMES[name]} {results[name].version}<br>{results[name].date}" for name in known]
    return [_row(["", *heads]), _row(["---", *("---:" for _ in known)]), *map(_row, rows)]


def _failing(results: Results, statements: Sequence[Statement]) -> list[str]:
    if "terrarium" not in results:
        return []
    holding = set(results["terrarium"].holding)
    failing = [statement for statement in statements if statement.name not in holding]
    listed = [f"- {_linked(statement)} Here: {statement.untrue_here or 'not explained yet'}." for statement in failing]
    more = "Further differences that no statement covers stand in [limits](limits.md)."
    return ["## What Terrarium fails", "", *(listed or ["Nothing of this."]), "", more]


def _every(known: Sequence[str], results: Results, statements: Sequence[Statement]) -> list[str]:
    lines: list[str] = []
    for area in AREAS.values():
        lines += [
            f"### {area}",
            "",
            _row(["", *(SHORT[name] for name in known)]),
            _row(["---", *("---" for _ in known)]),
        ]
        for statement in statements:
            if statement.area == area:
                marks = ["✓" if statement.name in results[name].holding else "✗" for name in known]
                lines.append(_row([_linked(statement), *marks]))
        lines.append("")
    return lines[:-1]


def _linked(statement: Statement) -> str:
    """The sentence with a link to its source."""
    text = statement.text.replace("|", "\\|").replace("<", "&lt;").replace("{", "&#123;")
    return f"{text} [source]({statement.source})"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
