"""Which changes of which run files a question is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from sync.snapshots.attached import Link


@dataclass(frozen=True, slots=True)
class About:
    """Changes in which a column has one of some values; ``among`` says which come into question.

    Values stand in the SQL that is made of them: a column that is compared with them, and with
    nothing else, is looked up in a file without reading all of it.
    """

    column: str
    values: Sequence[str]
    among: str = "true"
    table: str = "change_row"  # or change, which gives what a change says in full

    @property
    def where(self) -> str:
        """The condition in SQL; there has to be a value."""
        return f"{self.among} AND {self.column} IN ({', '.join(map(quoted, self.values))})"


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Mention:
    """The changes of one file that say something of what is asked for."""

    place: int  # of the file among the links
    about: About  # with the values that are said something of
    seqs: Sequence[int]


def changes_about(
    connection: duckdb.DuckDBPyConnection, links: Sequence[Link], asked: Sequence[About]
) -> list[Mention]:
    """Which file says something of what is asked for, and by which changes.

    Looking whether it does reads a column or two; what a change says in full takes ten times as
    long, and of a year of files only a handful say anything of one person.
    """
    parts = [
        f"SELECT {place} AS place, {number} AS number, {about.column} AS value, seq "
        f"FROM {link.name}.{about.table} WHERE {about.where}"
        for number, about in enumerate(asked)
        if about.values
        for place, link in enumerate(links)
    ]
    if not parts:
        return []
    rows = connection.execute(
        "SELECT place, number, list_sort(list(DISTINCT value)), list(seq) "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [
        Mention(place, replace(asked[number], values=values), seqs)
        for place, number, values, seqs in rows
    ]
