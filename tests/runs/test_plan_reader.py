"""A plan is read block by block, so that one of any size fits into a small console; whoever looks
at it must not see where a block ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from sync import comparison
from sync.errors import StateUnusable
from sync.model import ChangeFilter
from sync.runs import fate
from sync.runs.plan_reader import ORDERS, PlanReader
from sync.snapshots.filling import COUNTING, FORMAT, Header
from sync.snapshots.run_file import RunFiles, seal
from sync.snapshots.workspace import open_workspace
from sync.state.decisions import Decision
from sync.state.runs import StateReader

CHANGES = 40
_PLANNED = """
INSERT INTO change (seq, stage, depth, kind, op, key, label, school, reason, status)
SELECT n, 4 + n // 25, 0, CASE WHEN n % 5 = 0 THEN 'person' ELSE 'membership' END,
  CASE WHEN n > 38 THEN 'note' WHEN n % 3 = 0 THEN 'delete' ELSE 'create' END, 'k' || n,
  ['Ægir', 'Bo', 'anna', 'Zoë'][1 + n % 4] || ' ' || (97 * n) % 41, 's' || n % 6, '',
  CASE WHEN n % 3 = 0 THEN 'held' ELSE 'planned' END
FROM range(1, {last}) t(n)
"""
CHOICES = (
    ChangeFilter(),
    ChangeFilter(words=("zoe",)),
    ChangeFilter(words=("!anna",), kinds=frozenset({"membership"})),
    ChangeFilter(statuses=frozenset({"held"})),
    ChangeFilter(statuses=frozenset({"skipped"})),
    ChangeFilter(seqs=frozenset({6, 7, 8, 21, 38})),
    ChangeFilter(words=("nobody",)),
)


def _decided(answer: str, choice: ChangeFilter) -> Decision:
    at = dt.datetime(2026, 8, 10, 9, 0, tzinfo=dt.UTC)
    return Decision(answer, choice, 0, None, "looked at", "mk", at, proposal=False)


class State:
    """What people said of the run; nothing was sent."""

    said = (
        _decided("approve", ChangeFilter()),
        _decided("reject", ChangeFilter(words=("bo",))),
        # Only what is still held: the rows of the two before it are not.
        _decided("wait", ChangeFilter(statuses=frozenset({"held"}))),
        _decided("approve", ChangeFilter(statuses=frozenset({"skipped"}), school="s1")),
    )

    def decisions(self, run: int) -> list[Decision]:
        return list(self.said)

    def outcomes(self, run: int) -> list[Any]:
        return []

    settled_items = outcomes


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with open_workspace() as workspace:
        workspace.execute(_PLANNED.format(last=CHANGES + 1))
        comparison.work_out_inverse(workspace)
        seal(
            workspace, RunFiles(tmp_path), Header(1, 1, dt.date(2026, 8, 10), "", "f" * 16, None, 0)
        )
    return tmp_path


def _seen(folder: Path) -> dict[str, object]:
    """All that a reader says of the plan."""
    with PlanReader(RunFiles(folder), cast("StateReader", State()), 1) as reader:
        seen: dict[str, object] = {"stages": reader.stages()}
        for choice in CHOICES:
            seen[f"{choice} sums"] = reader.tally(choice)
            seen[f"{choice} number"] = reader.count(choice)
            for order in ORDERS:
                rows = [*reader.page(choice, 0, 11, order), *reader.page(choice, 11, 99, order)]
                seen[f"{choice} by {order}"] = [(row.seq, row.status, row.message) for row in rows]
        return seen


@pytest.mark.parametrize("block", [4, 39])
def test_a_plan_of_many_blocks_reads_like_one_of_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """A row counted twice, left out or out of order where a block ends would be decided on, or
    sent, by a person who never saw it."""
    whole = _seen(folder)
    monkeypatch.setattr(fate, "_BLOCK", block)
    assert _seen(folder) == whole


def test_rows_stand_in_the_order_that_was_asked_for(folder: Path) -> None:
    """Whoever sorts by name looks for one person; whoever does not, for what goes first."""
    with PlanReader(RunFiles(folder), cast("StateReader", State()), 1) as reader:
        everything = ChangeFilter()
        assert [row.seq for row in reader.page(everything, 0, 99)] == list(range(1, 39))
        held = ChangeFilter(words=("anna",))
        names = [row.label for row in reader.page(held, 0, 99, "name")]
        assert names == sorted(names)
        assert len(names) == reader.count(held) > 5
        assert [row.school for row in reader.page(everything, 0, 99, "school")] == sorted(
            row.school for row in reader.page(everything, 0, 99)
        )


def test_a_reader_that_does_not_open_lets_go_of_the_file(folder: Path) -> None:
    """Windows would keep the file from being pruned for as long as the console is open."""

    class Away(State):
        def decisions(self, run: int) -> list[Decision]:
            raise StateUnusable("away")

    path = RunFiles(folder).path(1)
    path.chmod(0o600)
    with pytest.raises(StateUnusable) as away:
        PlanReader(RunFiles(folder), cast("StateReader", Away()), 1)
    assert away.tb is not None  # it keeps the reader, which is not collected meanwhile
    duckdb.connect(str(path)).close()  # for writing: refused while it is open for reading


@pytest.mark.parametrize(
    ("form", "more"), [(4, ""), (5, f"CREATE VIEW counted AS FROM {COUNTING}")]
)
def test_a_file_of_a_format_before_gives_the_same_numbers(
    folder: Path, form: int, more: str
) -> None:
    """Such files stay readable for as long as they are kept."""
    whole = _seen(folder)
    path = RunFiles(folder).path(1)
    path.chmod(0o600)
    with closing(duckdb.connect(str(path))) as file:
        found = file.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'header'").fetchall()
        older = found[0][0].replace(f"{FORMAT} AS format", f"{form} AS format")
        assert older != found[0][0]
        older = older.replace("AS last_arrived, ", "AS last_arrived -- ")
        file.execute(f"DROP VIEW header; {older}\n; {more}")
    assert _seen(folder) == whole


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("ægir", {"Ægir"}), ("AEGIR", {"Ægir"}), ("Zoe", {"Zoë"}), ("ZOË", {"Zoë"}),
        ("ANNA", {"anna"}), ("!ánna", {"Ægir", "Bo", "Zoë"}), ("k7", {"Zoë"}), ("o 1", {"Bo"}),
    ],
)  # fmt: skip
def test_a_word_is_found_however_it_is_spelt(folder: Path, word: str, names: set[str]) -> None:
    """Whoever cannot type æ on this keyboard must find Ægir, and approve no other by mistake."""
    with PlanReader(RunFiles(folder), cast("StateReader", State()), 1) as reader:
        found = reader.page(ChangeFilter(words=(word,)), 0, 99)
        assert {row.label.split()[0] for row in found} == names
        others = word.removeprefix("!") if word.startswith("!") else f"!{word}"
        assert len(found) + reader.count(ChangeFilter(words=(others,))) == reader.count()
