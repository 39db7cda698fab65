"""The second plan of the demo shows what each kind of change looks like."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from tests.demo.test_school import TODAY, broken, day, school, tables
from umstui.demo.advance import advance


def test_people_leave_move_marry_and_arrive(tmp_path: Path) -> None:
    path = tmp_path / "ums.db"
    before = school(path)["Students"]
    changed = advance(path, seed=2, day=TODAY)
    after = tables(path)["Students"]

    groups = (changed.ended, changed.vanished, changed.moved, changed.renamed, changed.arrived)
    assert all(groups)
    assert len({name for group in groups for name in group}) == sum(map(len, groups))

    def rows(name: str, of: list[dict[str, object]] = after) -> list[dict[str, object]]:
        return [row for row in of if str(row["StudieNr"]).lower() == name]

    yesterday = TODAY - dt.timedelta(days=1)
    for name in changed.ended:
        assert {day(str(row["SlutDato"])) for row in rows(name)} >= {yesterday}
        assert all((day(str(row["SlutDato"])) or dt.date.max) <= yesterday for row in rows(name))
    for name in changed.vanished:
        assert rows(name, before)
        assert not rows(name)
    for name in changed.moved:
        joined = [row for row in rows(name) if row["StartDato"] == TODAY.strftime("%d-%m-%Y")]
        assert joined
        old = {row["AktivitetsID"] for row in rows(name, before)}
        assert not old & {row["AktivitetsID"] for row in joined}
        assert {row["Skolekode"] for row in joined} <= {row["Skolekode"] for row in after}
    for name in changed.renamed:
        [last] = {str(row["Efternavn"]).strip() for row in rows(name)}
        assert last not in {str(row["Efternavn"]).strip() for row in rows(name, before)}
    for name in changed.arrived:
        assert rows(name)
        assert not rows(name, before)

    untouched = {name for group in groups for name in group}
    assert [row for row in before if str(row["StudieNr"]).lower() not in untouched] == [
        row for row in after if str(row["StudieNr"]).lower() not in untouched
    ]
    assert len(broken(after)) <= len(broken(before)), "time breaks no row"


def test_same_seed_same_changes(tmp_path: Path) -> None:
    for name in ("1.db", "2.db"):
        school(tmp_path / name, persons=200)
    first = advance(tmp_path / "1.db", seed=9, day=TODAY)
    assert advance(tmp_path / "2.db", seed=9, day=TODAY) == first
    assert tables(tmp_path / "1.db") == tables(tmp_path / "2.db")


def test_nothing_asked_for_nothing_changed(tmp_path: Path) -> None:
    path = tmp_path / "ums.db"
    before = school(path, persons=60)
    changed = advance(path, seed=1, day=TODAY, leave=0, move=0, rename=0, arrive=0)
    assert not any((changed.ended, changed.vanished, changed.moved, changed.renamed))
    assert changed.arrived == ()
    assert tables(path) == before


def test_a_school_goes_on_changing_for_weeks(tmp_path: Path) -> None:
    path = tmp_path / "ums.db"
    school(path, persons=300)
    for week in range(1, 5):
        changed = advance(path, seed=week, day=TODAY + dt.timedelta(weeks=week))
        assert changed.arrived
    rows = tables(path)["Students"]
    assert len(broken(rows)) <= len(rows) / 100
