"""Which records stand for one and the same thing: Fellegi-Sunter with frequency weights, as SQL.

An agreement counts by how seldom it happens by chance (u: the share of records that have the
value, or the share of random pairs that are as alike) against how often it happens between two
records of one thing (m). The m, and the share of matches among all pairs (the prior), are
estimated from the data by expectation maximisation; labels are neither needed nor used. Pairs are
made in blocks, whose size is capped: the pairs of a block grow with its square.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

_RANDOM_PAIRS = 20_000
_ROUNDS = 15
_KNOWN_BEFOREHAND = 20.0  # how many matches the m of the fields weigh as much as
_LARGEST_BLOCK = 2_000
_PAIRS_A_RECORD = 8.0  # of all records, so that a site full of loose ones stays bearable


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement. ``condition`` is SQL over the records ``l`` and ``r``; ``m`` is how
    often two records of one thing agree like this, until the data say otherwise. Where ``by``
    names a column, u is the share of records with its value; else random pairs tell."""

    name: str
    condition: str
    m: float
    by: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """Something to compare. The first level that holds counts; where none does, the field
    disagrees. ``known`` says when both sides tell anything; else the field weighs nothing."""

    name: str
    known: str
    levels: tuple[Level, ...]

    @property
    def sql(self) -> str:
        """The number of the level: 1 is the first, 0 a disagreement, NULL not known."""
        cases = " ".join(
            f"WHEN {level.condition} THEN {number}" for number, level in enumerate(self.levels, 1)
        )
        return f"CASE WHEN NOT coalesce({self.known}, false) THEN NULL {cases} ELSE 0 END::TINYINT"

    def expected(self) -> list[float]:
        """The m beforehand by level number, that of a disagreement first."""
        agreeing = [level.m for level in self.levels]
        return [max(1.0 - sum(agreeing), 0.001), *agreeing]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the data told: how many pairs were looked at, how many matches are expected among
    them, and the share of matches among all pairs there are."""

    pairs: int
    matches: float
    prior: float


def link(
    connection: duckdb.DuckDBPyConnection,
    fields: Sequence[Field],
    blocks: Sequence[str],
    *,
    considered: str = "true",
    pairs_a_loose: float = 40.0,
    least_matches: float = 1.0,
) -> Estimate:
    """Score the pairs of the table ``record`` into the table ``scored``.

    ``record`` has a BIGINT ``id``, a BOOLEAN ``loose`` and what the fields and blocks name. At
    least one of a pair is loose, and stands left. ``blocks`` are SQL expressions that give a list
    of texts of a record; two records meet where they share one. The largest blocks are left out
    until about ``pairs_a_loose`` pairs are left for each loose record; ``considered`` is SQL over
    ``l`` and ``r`` that drops more. ``least_matches`` keeps the prior of a small table up.

    ``scored`` has left_id, right_id, a ``level_<field>`` each, weight (bits) and probability.
    """
    shares = _shares(connection, fields)
    _candidates(connection, blocks, pairs_a_loose)
    _compare(connection, fields, shares, considered)
    return _estimate(connection, fields, least_matches)


def _shares(connection: duckdb.DuckDBPyConnection, fields: Sequence[Field]) -> list[str]:
    """A table ``share_of_<column>`` for every column whose frequency is a u; gives the columns."""
    columns = list(
        dict.fromkeys(level.by for field in fields for level in field.levels if level.by)
    )
    for name in columns:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE share_of_{name} AS SELECT {name} AS value, "
            "log2(count(*) / sum(count(*)) OVER ()) AS bits "
            f"FROM record WHERE {name} IS NOT NULL GROUP BY ALL"
        )
    return columns


def _candidates(
    connection: duckdb.DuckDBPyConnection, blocks: Sequence[str], pairs_a_loose: float
) -> None:
    """The table ``candidate`` of pairs that meet in a block of bearable size."""

    def met(of_whom: str) -> str:
        return " UNION ALL ".join(
            f"SELECT id, loose, hash({number}, key) AS block FROM "
            f"(SELECT id, loose, unnest({block}) AS key FROM record WHERE {of_whom}) "
            "WHERE key IS NOT NULL"
            for number, block in enumerate(blocks)
        )

    connection.execute(f"CREATE OR REPLACE TEMP TABLE blocked AS {met('loose')}")
    # Where nobody loose stands, nobody else need come.
    connection.execute(
        f"INSERT INTO blocked SELECT * FROM ({met('NOT loose')}) "
        "WHERE block IN (SELECT block FROM blocked)"
    )
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE block AS
           SELECT block, loose * (size - loose) + loose * (loose - 1) / 2 AS pairs
           FROM (SELECT block, count(*) AS size, count(*) FILTER (loose) AS loose
                 FROM blocked GROUP BY block)
           WHERE size BETWEEN 2 AND ? AND loose > 0""",
        [_LARGEST_BLOCK],
    )
    bearable = connection.execute(
        """SELECT coalesce(max(pairs), 0) FROM (
             SELECT pairs, sum(sum(pairs)) OVER (ORDER BY pairs) AS so_far
             FROM block GROUP BY pairs)
           WHERE so_far <= 20000 + least(? * (SELECT count(*) FROM record WHERE loose),
                                         ? * (SELECT count(*) FROM record))""",
        [pairs_a_loose, _PAIRS_A_RECORD],
    ).fetchall()[0][0]
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE meeting AS
           SELECT id, loose, block FROM blocked
           SEMI JOIN (SELECT block FROM block WHERE pairs <= ?) USING (block)""",
        [bearable],
    )
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE candidate AS
           SELECT DISTINCT a.id AS left_id, b.id AS right_id
           FROM meeting a JOIN meeting b ON b.block = a.block
           WHERE a.loose AND a.id <> b.id AND (NOT b.loose OR a.id < b.id)"""
    )
    for name in ("blocked", "block", "meeting"):
        connection.execute(f"DROP TABLE {name}")


def _compare(
    connection: duckdb.DuckDBPyConnection,
    fields: Sequence[Field],
    shares: Sequence[str],
    considered: str,
) -> None:
    """The table ``compared``: a level per field, and the bits by which chance explains them."""
    chances = _chances(connection, fields)
    levels = ", ".join(f"{field.sql} AS level_{field.name}" for field in fields)
    bits = " + ".join(
        _chance_sql(field, chance) for field, chance in zip(fields, chances, strict=True)
    )
    names = "".join(f", s_{name}.bits AS bits_{name}" for name in shares)
    joins = "".join(
        f" LEFT JOIN share_of_{name} s_{name} ON s_{name}.value = record.{name}" for name in shares
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE weighed AS
            WITH record AS MATERIALIZED (FROM record WHERE id IN (
              SELECT left_id FROM candidate UNION ALL SELECT right_id FROM candidate))
            SELECT record.*{names} FROM record{joins}"""
    )
    kept = "".join(f", greatest(l.bits_{name}, r.bits_{name}) AS bits_{name}" for name in shares)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE compared AS
            SELECT left_id, right_id, {", ".join(f"level_{field.name}" for field in fields)},
              {bits} AS chance
            FROM (SELECT left_id, right_id, {levels}{kept}
                  FROM candidate c JOIN weighed l ON l.id = c.left_id
                  JOIN weighed r ON r.id = c.right_id WHERE {considered})"""
    )
    connection.execute("DROP TABLE weighed")
    connection.execute("DROP TABLE candidate")


def _chances(connection: duckdb.DuckDBPyConnection, fields: Sequence[Field]) -> list[list[float]]:
    """u by field and level number as random pairs show it; the same records give the same pairs."""
    levels = ", ".join(f"{field.sql} AS level_{field.name}" for field in fields)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE random_pair AS
            WITH placed AS MATERIALIZED (
              SELECT *, row_number() OVER (ORDER BY hash(id), id) - 1 AS position
              FROM (FROM record ORDER BY hash(id), id LIMIT {_RANDOM_PAIRS})),
            apart AS (
              SELECT size,
                unnest(range(1, least(size, 1 + {_RANDOM_PAIRS} // greatest(size, 1)))) AS step
              FROM (SELECT count(*) AS size FROM placed))
            SELECT {levels} FROM placed l CROSS JOIN apart
            JOIN placed r ON r.position = (l.position + apart.step) % apart.size"""
    )
    found = []
    for field in fields:
        name = f"level_{field.name}"
        counted = dict(
            connection.execute(
                f"SELECT {name}, count(*) FROM random_pair WHERE {name} IS NOT NULL GROUP BY ALL"
            ).fetchall()
        )
        size = len(field.levels) + 1
        total = sum(counted.values()) + 0.5 * size
        found.append([(counted.get(number, 0) + 0.5) / total for number in range(size)])
    connection.execute("DROP TABLE random_pair")
    return found


def _chance_sql(field: Field, chance: Sequence[float]) -> str:
    cases = []
    for number, u in enumerate(chance):
        by = field.levels[number - 1].by if number else ""
        bits = f"coalesce(bits_{by}, {math.log2(u)})" if by else str(math.log2(u))
        cases.append(f"WHEN {number} THEN {bits}")
    return f"CASE level_{field.name} {' '.join(cases)} ELSE 0 END"


def _estimate(
    connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], least_matches: float
) -> Estimate:
    """Expectation maximisation over patterns of levels, then the table ``scored``.

    Pairs that never met in a block count as no matches, so blocking does not bend the m.
    """
    names = [f"level_{field.name}" for field in fields]
    pairs, everybody, loose = connection.execute(
        """SELECT (SELECT count(*) FROM compared), (SELECT count(*) FROM record),
                  (SELECT count(*) FROM record WHERE loose)"""
    ).fetchall()[0]
    possible = max(loose * (everybody - loose) + loose * (loose - 1) / 2, 1.0)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE pattern AS
            SELECT row_number() OVER () AS number, {", ".join(names)}, 0.0::DOUBLE AS bits
            FROM (SELECT DISTINCT {", ".join(names)} FROM compared)"""
    )
    same = " AND ".join(f"p.{name} IS NOT DISTINCT FROM c.{name}" for name in names)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE alike AS
            SELECT p.number, c.chance, c.pairs FROM (
              SELECT {", ".join(names)}, round(chance * 4) / 4 AS chance, count(*) AS pairs
              FROM compared c GROUP BY ALL) c JOIN pattern p ON {same}"""
    )
    patterns = connection.execute(
        f"SELECT number, {', '.join(names)} FROM pattern ORDER BY number"
    ).fetchall()
    m = [field.expected() for field in fields]
    matches = max(least_matches, 0.01 * loose)
    for _ in range(_ROUNDS):
        _store_bits(connection, patterns, m)
        expected = dict(
            connection.execute(
                f"SELECT number, sum(pairs * {_probability('p.bits - a.chance')}) "
                "FROM alike a JOIN pattern p USING (number) GROUP BY number",
                [matches / possible] * 2,
            ).fetchall()
        )
        matches = min(max(sum(expected.values()), least_matches), possible / 2)
        m = [
            _expected_m(field, position, patterns, expected)
            for position, field in enumerate(fields, 1)
        ]
    _store_bits(connection, patterns, m)
    joined = " AND ".join(f"p.{name} IS NOT DISTINCT FROM c.{name}" for name in names)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE scored AS
            SELECT c.* EXCLUDE (chance), p.bits - c.chance AS weight,
              {_probability("p.bits - c.chance")} AS probability
            FROM compared c JOIN pattern p ON {joined}""",
        [matches / possible] * 2,
    )
    for name in ("compared", "pattern", "alike"):
        connection.execute(f"DROP TABLE {name}")
    return Estimate(pairs, matches, matches / possible)


def _store_bits(
    connection: duckdb.DuckDBPyConnection,
    patterns: Sequence[tuple[int, ...]],
    m: Sequence[Sequence[float]],
) -> None:
    bits = [
        sum(math.log2(m[field][level]) for field, level in enumerate(levels) if level is not None)
        for _, *levels in patterns
    ]
    connection.execute("UPDATE pattern SET bits = (?::DOUBLE[])[number]", [bits]) if bits else None


def _expected_m(
    field: Field,
    position: int,
    patterns: Sequence[tuple[int, ...]],
    expected: dict[int, float],
) -> list[float]:
    """The m of a field after a round, between what was known beforehand and what was seen."""
    before = field.expected()
    seen = [0.0] * len(before)
    for pattern in patterns:
        level = pattern[position]
        if level is not None:
            seen[level] += expected.get(pattern[0], 0.0)
    total = sum(seen) + _KNOWN_BEFOREHAND
    return [
        (number + _KNOWN_BEFOREHAND * share) / total
        for number, share in zip(seen, before, strict=True)
    ]


def _probability(weight: str) -> str:
    """SQL of the probability after evidence of so many bits; the prior stands for both ``?``."""
    return f"(1 / (1 + (1 - ?) / ? * pow(2.0, -greatest({weight}, -500))))"
