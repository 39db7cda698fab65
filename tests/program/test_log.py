"""The log answers what happened last night; it must hold that, and nothing it may not hold."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.settings import Log, Settings, Ums
from umstui import log


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ums=Ums(url="sqlite://"), log=Log(file="umstui.log"), folder=tmp_path)


@pytest.fixture
def begun(settings: Settings) -> Iterator[Path]:
    """The log of this test alone, with the root logger as it was found afterwards."""
    root = logging.getLogger()
    level = root.level
    log.begin(settings)
    yield settings.folder / "umstui.log"
    for handler in [h for h in root.handlers if isinstance(h, log.LogFile)]:
        root.removeHandler(handler)
    root.setLevel(level)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_record_is_one_line_of_json_with_its_facts(begun: Path) -> None:
    logging.getLogger("sync.x").info("approve: 9. klasse gik ud", extra={"run": 7, "count": 57})
    (line,) = lines(begun)
    assert (line["level"], line["from"], line["run"], line["count"]) == ("info", "sync.x", 7, 57)
    assert line["says"] == "approve: 9. klasse gik ud"
    assert line["process"] == os.getpid()
    assert line["at"][4] == "-"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("mssql+pyodbc://ums:hunter2@db/UMS?x=1 failed", "hunter2"),
        ("<wsse:Password Type='x'>hunter2</wsse:Password>", "hunter2"),
        ("Password=hunter2;Server=db", "hunter2"),
        ('{"password": "hunter2"}', "hunter2"),
        ("UMSTUI_ORG_1_API_SECRET=hunter2", "hunter2"),
        ("row of 010203-1234 is broken", "1234"),
        ("row of 0102031234 is broken", "1234"),
        ("<bday>2010-02-01</bday>", "2010-02-01"),
    ],
)
def test_secrets_id_numbers_and_birthdays_are_masked(begun: Path, text: str, secret: str) -> None:
    """The log is the first file that is sent to support."""
    logging.getLogger("sync.x").warning(text)
    assert secret not in begun.read_text(encoding="utf-8")


def test_the_soap_librarys_own_messages_never_get_into_it(begun: Path) -> None:
    """At DEBUG zeep writes whole envelopes: the login, and every person in them."""
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger("zeep.transports").debug("HTTP Post to x:\n<Envelope>Anna Holm</Envelope>")
    logging.getLogger("httpx").info("HTTP Request: POST https://x")
    assert not begun.exists()
    logging.getLogger("sync.itslearning").debug("createPersons: 200 in 0.1 s")
    assert "createPersons" in lines(begun)[0]["says"]


def test_the_text_of_an_unexpected_error_stays_out_and_its_place_is_in(begun: Path) -> None:
    try:
        raise ValueError("Driver=x;PWD=hunter2;Anna Holm")
    except ValueError:
        logging.getLogger("umstui").critical("unexpected error", exc_info=True)
    (line,) = lines(begun)
    assert line["error"] == "ValueError"
    assert line["where"][-1].startswith("test_log.py:")
    assert "Anna" not in begun.read_text(encoding="utf-8")


def test_a_full_log_moves_aside_and_only_so_many_are_kept(tmp_path: Path) -> None:
    limits, path = Log(max_megabytes=1, keep=2), tmp_path / "umstui.log"
    for number in range(9):
        log.append(path, bytes([65 + number]) * 400_000 + b"\n", limits)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "umstui.log", "umstui.log.1", "umstui.log.2",
    ]  # fmt: skip
    assert path.read_bytes()[-2:] == b"I\n"
    assert (tmp_path / "umstui.log.1").read_bytes()[-2:] == b"H\n"


def test_several_processes_write_and_rotate_one_log_without_losing_a_line(tmp_path: Path) -> None:
    """Console, apply and scheduler are three processes with one file."""
    program = (
        "import sys, pathlib\n"
        "from sync.settings import Log\n"
        "from umstui.log import append\n"
        "path, name = pathlib.Path(sys.argv[1]), sys.argv[2]\n"
        "for n in range(300):\n"
        "    append(path, (name + f' {n:05} ' + 'x' * 5000 + '\\n').encode(),\n"
        "           Log(max_megabytes=1, keep=9))\n"
    )
    path = tmp_path / "umstui.log"
    writers = [subprocess.Popen([sys.executable, "-c", program, str(path), name]) for name in "abc"]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    written = [line for file in tmp_path.glob("umstui.log*") for line in file.open()]
    assert sorted(line[:7] for line in written) == [
        f"{n} {i:05}" for n in "abc" for i in range(300)
    ]
    assert len(list(tmp_path.glob("umstui.log.*"))) >= 3


def test_a_log_that_cannot_be_written_ends_nothing(settings: Settings, begun: Path) -> None:
    """A sync must not stop in its middle because of its log, nor write over the screen."""
    begun.mkdir()
    logging.getLogger("sync.x").warning("the site struggles")
    assert list(begun.iterdir()) == []


def test_a_lock_left_by_a_killed_process_is_taken_away(tmp_path: Path) -> None:
    path, lock = tmp_path / "umstui.log", tmp_path / "umstui.log.lock"
    lock.touch()
    os.utime(lock, (time.time() - 120, time.time() - 120))
    for _ in range(4):
        log.append(path, b"x" * 600_000 + b"\n", Log(max_megabytes=1, keep=2))
    assert not lock.exists()
    assert (tmp_path / "umstui.log.1").exists()


def test_a_record_is_kept_where_the_full_log_cannot_be_moved_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows moves no file that another process has open, and the record counts more."""

    def refuse(_: Path, to: Path) -> None:
        raise PermissionError(32, "The process cannot access the file", str(to))

    path = tmp_path / "umstui.log"
    path.write_bytes(b"x" * 1_000_000 + b"\n")
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", refuse)
        log.append(path, b"kept\n", Log(max_megabytes=1))
    assert path.read_bytes().endswith(b"kept\n")
    log.append(path, b"next\n", Log(max_megabytes=1))
    assert path.read_bytes() == b"next\n"


def test_the_end_of_a_long_log_begins_with_a_whole_record(settings: Settings, begun: Path) -> None:
    """Half a record reads like something that was written so."""
    for number in range(3):
        logging.getLogger("sync.x").warning("%d %s", number, "x" * 1000)
    shown = log.recent(settings, 5)
    assert [record["says"][0] for record in shown] == ["2"]
    assert all("at" in record for record in shown)


def test_check_says_where_the_log_is_and_whether_it_can_be_written(settings: Settings) -> None:
    assert log.checked(settings).level == "ok"
    assert str(settings.folder / "umstui.log") in log.checked(settings).message
    (settings.folder / "umstui.log").unlink()
    (settings.folder / "umstui.log").mkdir()
    assert log.checked(settings).level == "warning"
    assert "[log] file" in log.checked(settings).message


def test_the_log_is_printed_by_command_the_newest_last(
    begun: Path, umstui: Callable[..., Any]
) -> None:
    """Over SSH one looks at the end of it without knowing where it lies."""
    config = begun.parent / "umstui.toml"
    config.write_text(f'[ums]\nurl = "sqlite:///u.db"\n[log]\nfile = "{begun}"\n', "utf-8")
    for words in ("first", "second", "third"):
        logging.getLogger("sync.runs").warning(words, extra={"run": 7})
    shown = umstui("--config", str(config), "log", "--lines", "2")
    assert shown.code == 0
    second, third = shown.out.splitlines()
    assert "second" in second
    assert "warning  third" in third
    assert "run=7" in third
