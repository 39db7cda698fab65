"""Changing a line of umstui.toml: every other line stays, and a wrong file is never left behind."""

from __future__ import annotations

import datetime as dt
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


def test_what_takes_several_lines_is_changed_as_well(tmp_path: Path) -> None:
    """People write long lists one name a line."""
    path = tmp_path / "umstui.toml"
    path.write_text('[ums]\nurl = "sqlite:///u.db"\n[mail]\nto = [\n  "a@b.example"]  # office\n',
                    encoding="utf-8")  # fmt: skip
    config_file.store(path, config_file.changed(path, "mail", "to", '["c@d.example"]'))
    assert path.read_text(encoding="utf-8").endswith('[mail]\nto = ["c@d.example"]  # office\n')


def test_line_ends_of_windows_stay(file: Path) -> None:
    """A file that Notepad wrote must not come back as one long line."""
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    before = file.read_bytes()
    config_file.store(file, config_file.changed(file, "filter", "on_hold", '"cells"'))
    assert file.read_bytes() == before.replace(b'"run"', b'"cells"')


def test_a_profile_changes_where_it_stands(file: Path) -> None:
    """What it does not say anew stays, with its comments."""
    file.write_text(
        file.read_text("utf-8")
        + "# the board, 3 March\n[filter.profile.person]\ndelete = { percent = 30 }  # leavers\n"
        + '\n[[filter.profile]]\nname = "autumn"\nfrom = 2027-10-01\nto = 2027-10-09\n',
        encoding="utf-8",
    )
    before = file.read_text(encoding="utf-8")
    summer = config_file.profiles(file)[0]
    later = {**summer, "to": dt.date(2027, 8, 20), "person": {"delete": {"percent": 40}}}
    config_file.store(file, config_file.changed_profile(file, summer, later))
    after = file.read_text(encoding="utf-8")
    assert after == before.replace("2027-08-13", "2027-08-20").replace("= 30", "= 40")
    with pytest.raises(SettingsError, match="meanwhile"):
        config_file.changed_profile(file, summer, None)
    with pytest.raises(SettingsError, match="already"):
        config_file.changed_profile(file, None, {**summer, "name": "autumn"})
    with pytest.raises(SettingsError, match="before it begins"):
        config_file.changed_profile(file, later, {**later, "to": dt.date(2027, 1, 1)})


@pytest.mark.parametrize(
    "text",
    [TOML.replace("{\n  percent = 75 }", "{ percent = 75 }"), '[ums]\nurl = "sqlite:///u"\n'],
)
def test_a_profile_is_added_and_taken_out_again(file: Path, text: str) -> None:
    """The file is then as it was, whether it had profiles before or none."""
    file.write_text(text, encoding="utf-8")
    new = {"name": "rollover", "from": dt.date(2028, 7, 1), "to": dt.date(2028, 8, 20),
           "person": {"delete": {"percent": 30, "count": 400}}}  # fmt: skip
    before = config_file.profiles(file)
    changed = config_file.changed_profile(file, None, new)
    assert "(none) -> name" in changed.said
    config_file.store(file, changed)
    assert config_file.profiles(file) == [*before, new]
    assert file.read_text("utf-8").startswith(text.rstrip())
    filled = config.load(str(file)).filter.profile[-1]
    assert (filled.person.delete.count, filled.name) == (400, "rollover")
    config_file.store(file, config_file.changed_profile(file, new, None))
    assert config_file.profiles(file) == before
    assert file.read_text("utf-8").rstrip() == text.rstrip()
