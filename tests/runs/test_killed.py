"""Killed at any instant, an apply goes on: nobody is created twice and nothing is forgotten.

By default a few points spread over the whole run; UMSTUI_KILL_POINTS=all tries every one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.errors import SiteUnreachable
from sync.model import RunState
from sync.runs import apply, confirmation, list_runs, plan, report
from sync.settings import Filter
from tests.runs.conftest import opened
from tests.runs.killed_apply import KILLED
from tests.runs.synced_school import OPEN, School

LENIENT = Filter(person=OPEN, membership=OPEN, group=OPEN, course=OPEN)
BATCH = "60"


@pytest.fixture(scope="module")
def lively_school(
    synced_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, int]:
    """A synced school with leavers, newcomers, a new name, a moved pupil, one made by hand, and a
    plan for all that; and the port its site had."""
    folder = tmp_path_factory.mktemp("lively") / "school"
    shutil.copytree(synced_folder, folder)
    with opened(folder) as school:
        keys = school.pupils(6)
        school.sql("DELETE FROM Students WHERE StudieNr IN (?, ?)", *keys[:2])
        school.sql("UPDATE Students SET Efternavn = 'Nyt-Navn' WHERE StudieNr = ?", keys[2])
        school.sql("UPDATE Students SET StudieNr = 'ny01' WHERE StudieNr = ?", keys[3])
        school.sql(
            "UPDATE Students SET Aktivitet = 'Ny klasse' WHERE AktivitetsID = "
            "(SELECT min(AktivitetsID) FROM Students WHERE StudieNr = ?)",
            keys[4],
        )
        plan(school.installation(limits=LENIENT))
        return folder, school.site.port


@pytest.fixture
def lively(lively_school: tuple[Path, int], tmp_path: Path) -> Iterator[School]:
    """A copy of it with its site running."""
    folder, port = lively_school
    shutil.copytree(folder, tmp_path / "school")
    with opened(tmp_path / "school", port) as school:
        yield school


def killed_at(school: School, run: str, confirm: str, point: int) -> bool:
    """Start an apply that dies at a point; True where it died, False where it came to its end."""
    arguments = [str(school.folder), run, confirm, str(point), BATCH]
    process = subprocess.run(
        [sys.executable, "-m", "tests.runs.killed_apply", *arguments],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
        capture_output=True,
        text=True,
    )
    assert process.returncode in {0, KILLED}, process.stderr
    return process.returncode == KILLED


@pytest.fixture(scope="module")
def expected(
    lively_school: tuple[Path, int], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, set[tuple[object, ...]]]:
    """The end state of an undisturbed run."""
    folder = tmp_path_factory.mktemp("peace") / "school"
    shutil.copytree(lively_school[0], folder)
    with opened(folder, lively_school[1]) as school:
        run = list_runs(school.installation())[0]
        result = apply(school.installation(), run.run, confirm=confirmation_of(school))
        assert result.summary.state is RunState.APPLIED
        return school.content()


def confirmation_of(school: School) -> str | None:
    """What the newest run's deletes must be confirmed with."""
    newest = list_runs(school.installation())[0].run
    return confirmation(report(school.installation(), newest))


POINTS = range(1, 61) if os.environ.get("UMSTUI_KILL_POINTS") == "all" else (1, 4, 9, 14, 22, 31)


@pytest.mark.parametrize("point", POINTS)
def test_an_apply_killed_at_any_point_goes_on_to_the_same_end(
    lively: School, expected: dict[str, set[tuple[object, ...]]], point: int
) -> None:
    run = list_runs(lively.installation())[0].run
    confirm = confirmation_of(lively)
    died = killed_at(lively, run, confirm or "", point)
    result = list_runs(lively.installation())[0]
    if died:
        result = apply(lively.installation(), run, confirm=confirm).summary
    assert result.state is RunState.APPLIED
    assert lively.content() == expected
    assert plan(lively.installation(limits=LENIENT)).summary.changes == 0
    learners = lively.rows("SELECT UserName, count(*) FROM itslearning_Learners GROUP BY 1")
    assert all(count == 1 for _, count in learners)


def test_a_site_that_drops_the_line_after_doing_its_work_is_not_asked_twice_for_the_same(
    lively: School, expected: dict[str, set[tuple[object, ...]]]
) -> None:
    """The answer is lost, the work is done: the worst moment for a line to break."""
    run = list_runs(lively.installation())[0].run
    confirm = confirmation_of(lively)
    lively.site.set_faults("drop-after-commit:0.4")
    for _ in range(30):
        try:
            state = apply(lively.installation(), run, confirm=confirm).summary.state
            break
        except SiteUnreachable:
            continue
    lively.site.set_faults()
    assert state is RunState.APPLIED
    assert lively.content() == expected
