"""A school and the site it is synced to: made once a process, a copy for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.runs.synced_school import DAY, School, loaded
from umstui.demo.configuration import COURSE_CREATOR_KEY, COURSE_TEMPLATE_KEYS
from umstui.demo.school import make_school
from umstui.testsite import Site, start

SITE = Site("u", "p", "root")


@contextmanager
def opened(folder: Path, port: int = 0, of_site: Site = SITE) -> Iterator[School]:
    """The school in a folder with its site running; UMS learns the site's new address.

    The address is one of the settings a plan is checked against: a plan that is to be carried out
    later needs the ``port`` it was made with.
    """
    with start(folder / "site", port, sites=[of_site]) as site:
        school = School(folder, site)
        school.sql("UPDATE itslearningOrganizationSettings SET URL = ?", site.url)
        yield school


@pytest.fixture(scope="session")
def fresh_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school of 100 persons whose site holds nobody yet but its own people."""
    folder = tmp_path_factory.mktemp("fresh")
    with start(folder / "site", sites=[SITE]) as site, site.seed("u") as seeding:
        for key in COURSE_TEMPLATE_KEYS:
            seeding.course_template(key, "Skabelon")
        seeding.person(
            COURSE_CREATOR_KEY, "Kursus", "Opretter", key=COURSE_CREATOR_KEY, profile="Staff"
        )
        seeding.administrator("admin")
        seeding.timetable_user()
    make_school(
        folder / "ums.db", persons=100, seed=1, today=DAY, site_url="", site_user="u",
        site_password="p", root_key="root",
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def synced_folder(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same school after its first sync."""
    folder = tmp_path_factory.mktemp("synced") / "school"
    shutil.copytree(fresh_folder, folder)
    with opened(folder) as school:
        loaded(school)
    return folder


@pytest.fixture
def school(fresh_folder: Path, tmp_path: Path) -> Iterator[School]:
    """A school that was never synced."""
    shutil.copytree(fresh_folder, tmp_path / "school")
    with opened(tmp_path / "school") as school:
        yield school


@pytest.fixture
def synced(synced_folder: Path, tmp_path: Path) -> Iterator[School]:
    """A school after its first sync, which is run 1."""
    shutil.copytree(synced_folder, tmp_path / "school")
    with opened(tmp_path / "school") as school:
        yield school
