"""Killed at any instant, an apply goes on: nobody is created twice and nothing is forgotten.

By default a few points spread over the whole run; UMSTUI_KILL_POINTS=all tries every one, and
UMSTUI_KILL_MOMENTS=N as many random moments.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sync.errors import SiteUnreachable
from sync.model import RunState
from sync.runs import apply, confirmation, list_runs, plan, report, verify_audit
from sync.settings import Filter
from tests.runs.conftest import opened
from tests.runs.killed_apply import KILLED
from tests.runs.synced_school import OPEN, School

LENIENT = Filter(person=OPEN, membership=OPEN, group=OPEN, course=OPEN)
BATCH = os.environ.get("UMSTUI_KILL_BATCH", "60")


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


def begun(school: School, run: str, confirm: str, point: int) -> subprocess.Popen[str]:
    """An apply in a process of its own that dies at a point; 0: never."""
    arguments = [str(school.folder), run, confirm, str(point), BATCH]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.runs.killed_apply", *arguments],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed_at(school: School, run: str, confirm: str, point: int) -> bool:
    """Let an apply die at a point; True where it died, False where it came to its end."""
    process = begun(school, run, confirm, point)
    _, said = process.communicate()
    assert process.returncode in {0, KILLED}, said
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


POINTS: tuple[float, ...] = (0.02, 0.25, 0.5, 0.75, 0.97)
EVERY_POINT = os.environ.get("UMSTUI_KILL_POINTS") == "all"
MOMENTS = int(os.environ.get("UMSTUI_KILL_MOMENTS", "1"))


@pytest.fixture(scope="module")
def points(lively_school: tuple[Path, int], tmp_path_factory: pytest.TempPathFactory) -> int:
    """At how many points an apply of the plan can die."""
    folder = tmp_path_factory.mktemp("counted") / "school"
    shutil.copytree(lively_school[0], folder)
    with opened(folder, lively_school[1]) as school:
        run = list_runs(school.installation())[0].run
        process = begun(school, run, confirmation_of(school) or "", 0)
        told, said = process.communicate()
        assert process.returncode == 0, said
        return int(told)


def goes_on(school: School, run: str, confirm: str | None) -> RunState:
    """Carry a run on until it is through, past a line that breaks."""
    for _ in range(60):
        with suppress(SiteUnreachable):
            return apply(school.installation(), run, confirm=confirm).summary.state
    raise AssertionError("it never came to its end")


def check_end(school: School, expected: dict[str, set[tuple[object, ...]]]) -> None:
    """Nobody twice, nothing forgotten, neither at the site nor in UMS's memory nor in held."""
    assert school.content() == expected
    assert plan(school.installation(limits=LENIENT)).summary.changes == 0
    learners = school.rows("SELECT UserName, count(*) FROM itslearning_Learners GROUP BY 1")
    assert all(count == 1 for _, count in learners)
    assert verify_audit(school.installation())[1] is None


@pytest.mark.parametrize("part", [None] if EVERY_POINT else POINTS)
def test_an_apply_killed_at_any_point_goes_on_to_the_same_end(
    lively_school: tuple[Path, int],
    tmp_path: Path,
    expected: dict[str, set[tuple[object, ...]]],
    points: int,
    part: float | None,
) -> None:
    """Every touch of what it writes to counts twice: once before, once after."""
    chosen = range(1, points + 1) if part is None else [max(1, round(part * points))]
    for point in chosen:
        folder = tmp_path / f"school-{point}"
        shutil.copytree(lively_school[0], folder)
        with opened(folder, lively_school[1]) as school:
            run, confirm = list_runs(school.installation())[0].run, confirmation_of(school)
            died = killed_at(school, run, confirm or "", point)
            assert died or part is None, f"point {point} of {points} was not reached"
            if died:
                assert goes_on(school, run, confirm) is RunState.APPLIED
            check_end(school, expected)
        shutil.rmtree(folder)


@pytest.mark.parametrize("seed", range(MOMENTS))
def test_killed_at_random_moments_against_a_site_that_drops_answers_it_reaches_the_same_end(
    lively: School, expected: dict[str, set[tuple[object, ...]]], seed: int
) -> None:
    """kill -9, again and again, while the site does its work and then loses the line."""
    chance = random.Random(seed)
    run, confirm = list_runs(lively.installation())[0].run, confirmation_of(lively)
    lively.site.set_faults("drop-after-commit:0.3")
    for _ in range(3):
        process = begun(lively, run, confirm or "", 0)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.6 + chance.random() * 1.6)
        process.kill()
        process.communicate()
    state = list_runs(lively.installation())[0].state
    if state is not RunState.APPLIED:
        assert goes_on(lively, run, confirm) is RunState.APPLIED
    lively.site.set_faults()
    check_end(lively, expected)


def test_a_site_that_drops_the_line_after_doing_its_work_is_not_asked_twice_for_the_same(
    lively: School, expected: dict[str, set[tuple[object, ...]]]
) -> None:
    """The answer is lost, the work is done: the worst moment for a line to break."""
    run = list_runs(lively.installation())[0].run
    confirm = confirmation_of(lively)
    lively.site.set_faults("drop-after-commit:0.4")
    state = goes_on(lively, run, confirm)
    lively.site.set_faults()
    assert state is RunState.APPLIED
    assert lively.content() == expected
