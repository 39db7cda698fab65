"""A million persons against a million: `python -m benchmarks.comparison [PERSONS]`.

1 % changed, 0.5 % added and removed, in another order. Each engine is a process of its own that
reads both sides from files, finds what differs and holds both values of it: seconds and peak memory
of the whole process. polars, pandas, datacompy and reladiff take part where they are installed;
umstui needs none of them. The bars: 1.5 times a bare hash join of DuckDB over the same rows, and
0.9 s and 600 MB end to end, ahead of all others.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

FIELDS = (
    "user_name", "first_name", "last_name", "role", "email", "phone", "mobile", "street",
    "postcode", "city", "administrative_id", "school",
)  # fmt: skip
_PERSON = """
SELECT 'u' || n AS key, 'u' || n AS user_name, 'First' || (n * 7919 % 5003) AS first_name,
  'Last' || (n * 104729 % 20011) AS last_name, 'Student' AS role,
  'u' || n || '@skole.example' AS email, '' || (20000000 + n * 31 % 9999991) AS phone,
  CASE WHEN n % 3 = 0 THEN '' || (30000000 + n * 37 % 9999991) END AS mobile,
  'Vej ' || (n * 17 % 4001) AS street, '' || (1000 + n % 9000) AS postcode,
  'By ' || n % 300 AS city, 'adm' || n AS administrative_id, 's' || n % 40 AS school
"""


def make(folder: Path) -> None:
    """Both sides as tables of a DuckDB file and as Parquet files."""
    import duckdb  # noqa: PLC0415 (the process that measures must stay small)

    persons = int((folder / "persons").read_text())
    shift = persons // 200
    with duckdb.connect(str(folder / "both.duckdb")) as file:
        file.execute(f"CREATE TABLE old_side AS {_PERSON} FROM range({persons}) t(n)")
        file.execute(
            f"CREATE TABLE new_side AS SELECT * REPLACE (CASE WHEN hash(key) % 100 = 0 THEN "
            f"last_name || '-Holm' ELSE last_name END AS last_name) FROM ({_PERSON} "
            f"FROM range({shift}, {persons + shift}) t(n)) ORDER BY hash(key)"
        )
        for side in ("old_side", "new_side"):
            file.execute(f"COPY {side} TO '{folder / side}.parquet'")


def umstui(folder: Path) -> int:
    """What a plan and `runs diff` do: sync.comparison over the two sides."""
    from sync.comparison.running import run  # noqa: PLC0415
    from sync.snapshots.workspace import open_workspace  # noqa: PLC0415

    with open_workspace() as workspace:
        _attach(workspace, folder)
        for name in ("live_match", "persons"):
            run(workspace, name)
        rows = workspace.execute("SELECT count(before), count(after), count(*) FROM change")
        return int(rows.fetchall()[0][2])


def _attach(workspace: duckdb.DuckDBPyConnection, folder: Path) -> None:
    workspace.execute(f"ATTACH '{folder / 'both.duckdb'}' AS file (READ_ONLY)")
    for table, side in (("held_person", "old_side"), ("wanted_person", "new_side")):
        workspace.execute(f"DROP TABLE {table}")
        workspace.execute(f"CREATE TEMP VIEW {table} AS FROM file.{side}")


def join(folder: Path) -> int:
    """The bare hash join of DuckDB over the same rows, every column compared."""
    from sync.snapshots.workspace import open_workspace  # noqa: PLC0415

    with open_workspace() as workspace:
        _attach(workspace, folder)
        return _join(workspace)


def _join(workspace: duckdb.DuckDBPyConnection) -> int:
    differs = " OR ".join(f"w.{name} IS DISTINCT FROM h.{name}" for name in FIELDS)
    rows = workspace.execute(
        f"SELECT count(*) FROM (SELECT w, h FROM wanted_person w "
        f"FULL JOIN held_person h ON h.key = w.key WHERE {differs})"
    )
    return int(rows.fetchall()[0][0])


def polars(folder: Path) -> int:
    """Lazy, streaming, from Parquet."""
    import polars as pl  # noqa: PLC0415

    old = pl.scan_parquet(folder / "old_side.parquet")
    new = pl.scan_parquet(folder / "new_side.parquet").with_columns(there=pl.lit(value=True))
    both = old.with_columns(here=pl.lit(value=True)).join(
        new, on="key", how="full", suffix="_new", coalesce=True
    )
    differs = pl.any_horizontal(
        pl.col("here").is_null(),
        pl.col("there").is_null(),
        *(pl.col(name).ne_missing(pl.col(f"{name}_new")) for name in FIELDS),
    )
    return int(both.filter(differs).collect(engine="streaming").height)


def pandas(folder: Path) -> int:
    """An outer merge, from Parquet."""
    import pandas as pd  # noqa: PLC0415

    old = pd.read_parquet(folder / "old_side.parquet")
    new = pd.read_parquet(folder / "new_side.parquet")
    both = old.merge(new, on="key", how="outer", suffixes=("", "_new"), indicator=True)
    differs = both["_merge"] != "both"
    for name in FIELDS:
        one, other = both[name], both[f"{name}_new"]
        differs |= (one != other) & ~(one.isna() & other.isna())
    return int(differs.sum())


def datacompy(folder: Path) -> int:
    """Its comparison for polars."""
    import polars as pl  # noqa: PLC0415
    from datacompy import PolarsCompare  # noqa: PLC0415

    found = PolarsCompare(
        pl.read_parquet(folder / "old_side.parquet"),
        pl.read_parquet(folder / "new_side.parquet"),
        join_columns="key",
    )
    changed = found.all_mismatch().height
    return int(found.df1_unq_rows.height + found.df2_unq_rows.height + changed)


def reladiff(folder: Path) -> int:
    """Its joindiff on the DuckDB file."""
    from reladiff import connect_to_table, diff_tables  # noqa: PLC0415

    database = {"driver": "duckdb", "filepath": str(folder / "both.duckdb")}
    old = connect_to_table(database, "old_side", "key")
    new = connect_to_table(database, "new_side", "key")
    found = diff_tables(old, new, algorithm="joindiff", extra_columns=FIELDS)
    return len({row[1][0] for row in found})


_BARS = "  (bars: 0.9 s, 600 MB, ahead of all but the join)"
ENGINES = {
    "umstui": umstui, "join": join, "polars": polars, "pandas": pandas, "datacompy": datacompy,
    "reladiff": reladiff,
}  # fmt: skip


def in_process(folder: Path) -> str:
    """Warm, in one process, best of seven: the comparison against the bare join."""
    from sync.comparison.running import run  # noqa: PLC0415
    from sync.snapshots.workspace import open_workspace  # noqa: PLC0415

    walls: dict[str, list[float]] = {"join": [], "umstui": []}
    busy: dict[str, list[float]] = {"join": [], "umstui": []}
    with open_workspace() as workspace:
        _attach(workspace, folder)
        for _ in range(7):
            for engine in ("join", "umstui"):
                workspace.execute("DELETE FROM change")
                before = time.perf_counter(), time.process_time()
                if engine == "join":
                    _join(workspace)
                else:
                    for name in ("live_match", "persons"):
                        run(workspace, name)
                walls[engine].append(time.perf_counter() - before[0])
                busy[engine].append(time.process_time() - before[1])
    for what, found in (("the clock", walls), ("processor", busy)):
        one, other = min(found["join"]), min(found["umstui"])
        print(
            f"in process, {what}: join {one:.3f} s, umstui {other:.3f} s: "
            f"{other / one:.2f} times (bar: 1.5)"
        )


def main() -> None:
    """Print a line an engine; with an engine's name and a folder, be that engine."""
    if len(sys.argv) == 3:
        others = {"make": make, "warm": in_process}
        print({**ENGINES, **others}[sys.argv[1]](Path(sys.argv[2])) or "made")
        return
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="umstui-comparison-") as made:
        folder = Path(made)
        (folder / "persons").write_text(str(persons))
        _measured("make", folder)  # a process of its own: its memory must not count for others
        print(f"{persons:,} persons against {persons:,}, a process each, best of three")
        for name in ENGINES:
            needed = "duckdb" if name in {"umstui", "join"} else name
            if importlib.util.find_spec(needed) is None:
                print(f"{name:10} not installed")
                continue
            runs = [_measured(name, folder) for _ in range(3)]
            seconds, busy, memory, found = min(runs)
            print(
                f"{name:10} {seconds:6.2f} s  {busy:6.2f} s of processor  {memory:6.0f} MB  "
                f"{found} differ{_BARS if name == 'umstui' else ''}",
                flush=True,
            )
        print(_measured("warm", folder)[3])


def _measured(name: str, folder: Path) -> tuple[float, float, float, str]:
    command = [sys.executable, "-m", "benchmarks.comparison", name, str(folder)]
    before = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        found = process.stdout.read().strip()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    seconds = time.perf_counter() - before
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, found or "failed: 0"


if __name__ == "__main__":
    main()
