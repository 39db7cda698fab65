"""The folder of a demo: made, taken up again, never made over something else."""

from __future__ import annotations

import datetime as dt
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from sync.errors import UmstuiError
from tests.program.conftest import CommandLine
from umstui.cli import demonstration
from umstui.cli.demonstration import Demo, _answers, prepare, running_site

TODAY = dt.date(2026, 3, 10)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Demo]:
    """A small demo."""
    folder = tmp_path_factory.mktemp("demo") / "school"
    return folder, prepare(folder, 40, 3, TODAY)


def test_a_demo_leaves_settings_for_its_own_database(
    made: tuple[Path, Demo], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`umstui plan --config DIR/umstui.toml` works in another window (reading 47)."""
    folder, demo = made
    assert (folder / "umstui.toml").is_file()
    with closing(sqlite3.connect(folder / "ums.db")) as connection:
        query = "SELECT URL, SourceOrganization FROM itslearningOrganizationSettings"
        url, root = connection.execute(query).fetchone()
    assert f"127.0.0.1:{demo.port}/" in url
    assert root == demonstration.ROOT_KEY


def test_pupils_who_have_a_user_already_are_there_to_be_adopted(made: tuple[Path, Demo]) -> None:
    folder, _ = made
    with closing(sqlite3.connect(folder / "ums.db")) as connection:
        pupils = {row[0] for row in connection.execute("SELECT StudieNr FROM Students")}
    with closing(sqlite3.connect(folder / "testsite" / "testsite.db")) as connection:
        query = "SELECT user_name FROM person WHERE key IS NULL AND profile = 'Student'"
        by_hand = {row[0] for row in connection.execute(query)}
    assert len(by_hand & pupils) == demonstration.MADE_BY_HAND
    # The others have a user name of their own: no plan takes them over, the search finds them.
    assert len(by_hand - pupils) == demonstration.DUPLICATES


@pytest.mark.parametrize(("persons", "seed"), [(40, 3), (None, None), (None, 3)])
def test_the_same_demo_is_taken_up_again(
    made: tuple[Path, Demo], persons: int | None, seed: int | None
) -> None:
    folder, demo = made
    before = (folder / "ums.db").stat().st_mtime_ns
    assert prepare(folder, persons, seed, TODAY) == demo
    assert (folder / "ums.db").stat().st_mtime_ns == before


@pytest.mark.parametrize(("persons", "seed", "said"), [(50, 3, "persons 40"), (40, 4, "seed 3")])
def test_another_demo_is_not_made_over_it(
    made: tuple[Path, Demo], persons: int, seed: int, said: str
) -> None:
    with pytest.raises(UmstuiError, match=said):
        prepare(made[0], persons, seed, TODAY)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ums.db").write_text("a real one", encoding="utf-8")
    with pytest.raises(UmstuiError, match="no demo of umstui"):
        prepare(tmp_path, None, None, TODAY)
    assert [path.name for path in tmp_path.iterdir()] == ["ums.db"]


def test_a_demo_whose_making_was_cut_off_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a large school is being made must not spoil the folder for good."""
    folder = tmp_path / "school"

    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("umstui.demo.school.make_school", cut_off)
        with pytest.raises(KeyboardInterrupt):
            prepare(folder, 40, 3, TODAY)
    assert prepare(folder, 40, 3, TODAY).complete
    assert (folder / "umstui.toml").is_file()


def test_the_site_answers_while_the_command_runs_and_not_after(made: tuple[Path, Demo]) -> None:
    folder, demo = made
    with running_site(folder, demo):
        assert _answers(demo.port)
    assert not _answers(demo.port)


def test_a_port_that_is_taken_is_named(made: tuple[Path, Demo]) -> None:
    folder, demo = made
    second = running_site(folder, demo)
    with running_site(folder, demo), pytest.raises(UmstuiError, match=str(demo.port)):
        second.__enter__()


def test_the_site_ends_with_a_demo_that_is_killed(made: tuple[Path, Demo]) -> None:
    """A dropped SSH line must not leave a server behind that holds the port of the next demo."""
    folder, demo = made
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from umstui.cli.demonstration import running_site, _demo_in\n"
        "folder = Path(sys.argv[1])\n"
        "with running_site(folder, _demo_in(folder)):\n    print('up', flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, folder], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 20
    while _answers(demo.port) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _answers(demo.port)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--persons", "5"), "--persons"),
        (("--persons", "many"), "--persons"),
        (("--config", "x.toml"), "--config"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_made(
    umstui: CommandLine, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    ended = umstui("demo", "--headless", *options)
    assert ended.code == 2
    assert said in ended.err
    assert list(tmp_path.iterdir()) == []
