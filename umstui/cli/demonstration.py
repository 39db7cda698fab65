"""The folder of a demo: a made-up school, a test site for it, and an umstui.toml over both."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sync.errors import UmstuiError

MARK = "demo.json"
SETTINGS = "umstui.toml"
DATABASE = "ums.db"
SITE = "testsite"
LOG = "testsite.log"
ROOT_KEY = "DEMOSKOLERNE"
SITE_USER = "umstui-demo"
# The site answers to this machine alone and holds nothing real, so its password is no secret.
SITE_PASSWORD = "made-up"  # noqa: S105
_PASSWORD_VARIABLE = "UMSTUI_ORG_1_PASSWORD"  # noqa: S105 (the name, not a password)
MADE_BY_HAND = 3  # pupils who have a user at itslearning already, without key (rules.md 23)
DUPLICATES = 3  # pupils whom somebody made at itslearning under another user name
START_SECONDS = 30

_TOML = """\
# The demo school. What umstui.toml can say: docs/configuration.md.

[ums]
url = "sqlite:///{database}"

[log]
file = "umstui.log"
"""

_PUPILS = """
SELECT trim(StudieNr), trim(Fornavne), trim(Efternavn), max(WorkMail) FROM Students
WHERE UserTypes_ID = 1 AND trim(StudieNr) <> '' AND trim(Fornavne) <> ''
  AND NOT coalesce(SecretAddress, 0)
  AND StudieNr = lower(StudieNr)
  AND substr(StartDato, 7, 4) || substr(StartDato, 4, 2) || substr(StartDato, 1, 2) <= :today
  AND substr(SlutDato, 7, 4) || substr(SlutDato, 4, 2) || substr(SlutDato, 1, 2) > :today
GROUP BY 1 HAVING count(DISTINCT Fornavne || Efternavn) = 1 ORDER BY 1 LIMIT :many
"""


@dataclass(frozen=True)
class Demo:
    """What a demo was made with, as its folder remembers it. ``port`` is the test site's,
    ``advanced`` how often time has passed at the school."""

    persons: int
    seed: int
    port: int = 0
    complete: bool = False
    advanced: int = 0


def prepare(folder: Path, persons: int | None, seed: int | None, today: dt.date) -> Demo:
    """Make the demo in ``folder``, or take up the one that is there.

    ``None`` means whatever is there, else 600 persons from seed 1. Raises UmstuiError where the
    folder holds another demo, or anything else.
    """
    found = _demo_in(folder)
    if found is not None and found.complete:
        other = [
            f"{name} {there}, not {wanted}"
            for name, there, wanted in (
                ("persons", found.persons, persons),
                ("seed", found.seed, seed),
            )
            if wanted is not None and wanted != there
        ]
        if other:
            raise UmstuiError(
                f"{folder} holds a demo made with {' and '.join(other)}. "
                "Name another folder with --dir, or delete this one."
            )
        return found
    try:
        return _make(folder, Demo(persons or 600, seed if seed is not None else 1), today)
    except OSError as error:
        raise UmstuiError(f"{folder} cannot be made: {error.strerror}.") from error


def let_time_pass(folder: Path, demo: Demo, today: dt.date, leaving: float) -> str:
    """Let people leave, arrive, move and change their names at the school of a demo, so that the
    next plan has something to show; says how many. ``leaving`` is a share of the pupils."""
    from umstui.demo.advance import advance

    demo = replace(demo, advanced=demo.advanced + 1)
    _remember(folder, demo)
    found = advance(
        folder / DATABASE, seed=demo.seed + demo.advanced, day=today, leave=leaving / 100
    )
    left = len(found.ended) + len(found.vanished)
    return (
        f"At the school {left} pupils have left, {len(found.arrived)} have come, "
        f"{len(found.moved)} are in another class and {len(found.renamed)} have another name."
    )


@contextmanager
def running_site(folder: Path, demo: Demo) -> Iterator[None]:
    """The test site of the demo, answering for as long as the block runs.

    It is a process of its own, so that it takes no time from the console or from a sync, and it
    ends with this one however that ends: it watches the pipe to it. Raises UmstuiError where it
    does not start.
    """
    if _answers(demo.port):
        raise UmstuiError(
            f"Something answers on port {demo.port} already. Is {folder} open in another window? "
            "Leave it there first, or name another folder with --dir."
        )
    # What umstui was told about a real organization of the same number does not count here.
    told = os.environ.get(_PASSWORD_VARIABLE)
    os.environ[_PASSWORD_VARIABLE] = SITE_PASSWORD
    command = [sys.executable, "-m", "umstui", "testsite", "--until-input-ends"]
    command += ["--dir", str(folder / SITE), "--port", str(demo.port)]
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (this very program)
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            # Ctrl-C is for the console, not for the site under it.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    try:
        _wait_until_it_answers(process, folder, demo.port)
        yield
    finally:
        del os.environ[_PASSWORD_VARIABLE]
        if told is not None:
            os.environ[_PASSWORD_VARIABLE] = told
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _demo_in(folder: Path) -> Demo | None:
    """The demo that the folder remembers; None where there is nothing."""
    mark = folder / MARK
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    try:
        return Demo(**json.loads(mark.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UmstuiError(
            f"{folder} is there already and is no demo of umstui. Name another folder with --dir."
        ) from error


def _make(folder: Path, demo: Demo, today: dt.date) -> Demo:
    from umstui.demo.configuration import (
        COURSE_CREATOR_KEY,
        COURSE_TEMPLATE_KEYS,
    )
    from umstui.demo.school import make_school
    from umstui.testsite import Site, seed, start

    folder.mkdir(parents=True, exist_ok=True)
    # The mark comes first, so that what was cut off is known as ours and is made anew.
    _remember(folder, demo)
    (folder / DATABASE).unlink(missing_ok=True)
    shutil.rmtree(folder / SITE, ignore_errors=True)
    site = Site(SITE_USER, SITE_PASSWORD, ROOT_KEY, title="Demoskolerne")
    with start(folder / SITE, sites=[site]) as running:
        port, url = running.port, running.url
    make_school(
        folder / DATABASE,
        persons=demo.persons,
        seed=demo.seed,
        today=today,
        site_url=url,
        site_user=SITE_USER,
        site_password=SITE_PASSWORD,
        root_key=ROOT_KEY,
    )
    with seed(folder / SITE, SITE_USER) as by_hand:
        by_hand.system_administrator("sysadmin")
        by_hand.administrator("skoleadmin")
        by_hand.timetable_user()
        by_hand.person(
            "kursusopretter", "Ulla", "Skabelon", profile="Staff", key=COURSE_CREATOR_KEY
        )
        for key in COURSE_TEMPLATE_KEYS:
            by_hand.course_template(key, key.replace("_", " "), content="De første uger")
        pupils = _pupils(folder / DATABASE, today)
        for user_name, first, last, _ in pupils[:MADE_BY_HAND]:
            by_hand.person(user_name, first, last)
        # The secretary's spelling, a guess at the user name: a second account once a sync has run.
        for number, (_, first, last, mail) in enumerate(pupils[MADE_BY_HAND:]):
            short = first.split(maxsplit=1)[0]
            email = mail or "" if number else ""
            by_hand.person(f"{short.lower()}-{number + 1}", short, last.upper(), email=email)
        by_hand.administrator("it-support", key="it-support")
    (folder / SETTINGS).write_text(_TOML.format(database=DATABASE), encoding="utf-8")
    made = Demo(demo.persons, demo.seed, port, complete=True)
    _remember(folder, made)
    return made


def _pupils(database: Path, today: dt.date) -> list[tuple[str, str, str, str | None]]:
    """Pupils of today with one spelling of their name."""
    with closing(sqlite3.connect(database)) as connection:
        values = {"today": f"{today:%Y%m%d}", "many": MADE_BY_HAND + DUPLICATES}
        return connection.execute(_PUPILS, values).fetchall()


def _remember(folder: Path, demo: Demo) -> None:
    (folder / MARK).write_text(json.dumps(asdict(demo)) + "\n", encoding="utf-8")


def _answers(port: int) -> bool:
    with closing(socket.socket()) as line:
        line.settimeout(1)
        return line.connect_ex(("127.0.0.1", port)) == 0


def _wait_until_it_answers(process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if _answers(port):
            return
        time.sleep(0.05)
    words = (folder / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    reason = words[-1].removeprefix("umstui: ") if words else "It gives no reason."
    raise UmstuiError(f"The test site of the demo did not start. {reason}")
