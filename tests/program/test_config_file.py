"""Changing a line of umstui.toml: every other line stays, and a wrong file is never left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.errors import SettingsError
from umstui import config, config_file

TOML = """# our school
[ums]
url = "sqlite:///ums.db"   # by kim

[filter]
on_hold = "run"

[filter.person]
delete = { percent = 5 }  # agreed with the heads
update = {
  percent = 75 }

[[filter.profile]]
name = "summer"
from = 2027-06-21
to = 2027-08-13
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with comments."""
    path = tmp_path / "umstui.toml"
    path.write_text(TOML.replace("{\n  percent = 75 }", "{ percent = 75 }"), encoding="utf-8")
    return path


def test_one_line_changes_and_the_comments_stay(file: Path) -> None:
    """Administrators write into the file why a limit is what it is."""
    before = file.read_text(encoding="utf-8")
    changed = config_file.changed(file, "filter.person", "delete", "{ percent = 3 }")
    config_file.store(file, changed)
    after = file.read_text(encoding="utf-8")
    assert after == before.replace("delete = { percent = 5 }", "delete = { percent = 3 }")
    assert config.load(str(file)).filter.person.delete.percent == 3
    assert "delete = { percent = 5 }" in changed.said
    assert "-> delete = { percent = 3 }" in changed.said


def test_what_is_not_there_yet_is_put_into_its_section_or_a_new_one(file: Path) -> None:
    """A default becomes a line where one looks for it."""
    for section, name, value in (
        ("filter", "warn_percent", "70"),
        ("filter.course", "delete", "{ count = 3 }"),
        ("operators", "approvers", '["mk", "kim"]'),
    ):
        config_file.store(file, config_file.changed(file, section, name, value))
    settings = config.load(str(file))
    assert settings.filter.warn_percent == 70
    assert settings.filter.course.delete.count == 3
    assert settings.operators.approvers == ["mk", "kim"]
    assert [profile.name for profile in settings.filter.profile] == ["summer"]


def test_an_empty_value_brings_the_default_back(file: Path) -> None:
    """Nobody has to remember what the default was."""
    config_file.store(file, config_file.changed(file, "filter", "on_hold", ""))
    assert "on_hold" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("filter", "warn_percent", '"much"'),
        ("filter", "warn_percnt", "5"),
        ("filter", "warn_percent", "5\nevil = 1"),
        ("filter.person", "delete", "{ percent = "),
        ("ums", "url", ""),
    ],
)
def test_a_file_that_would_be_wrong_is_refused_and_nothing_is_left_behind(
    file: Path, section: str, name: str, value: str
) -> None:
    """Tonight's sync must find the file as it was."""
    before = file.read_text(encoding="utf-8")
    with pytest.raises(SettingsError):
        config_file.changed(file, section, name, value)
    assert file.read_text(encoding="utf-8") == before
    assert list(file.parent.iterdir()) == [file]


def test_what_takes_several_lines_is_left_to_an_editor(tmp_path: Path) -> None:
    """Half of it would be replaced."""
    path = tmp_path / "umstui.toml"
    path.write_text('[ums]\nurl = "sqlite:///u.db"\n[mail]\nto = [\n  "a@b.example"]\n',
                    encoding="utf-8")  # fmt: skip
    with pytest.raises(SettingsError, match="with an editor"):
        config_file.changed(path, "mail", "to", '["c@d.example"]')
