"""Exports of a real run: what leaves the program, in which shape, and that it is written down."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import duckdb
import openpyxl
import pytest

from sync.errors import NotAllowed
from sync.runs import audit_trail, movements, open_plan, plan, report
from tests.runs.synced_school import School
from umstui.exports import lines, workbook
from umstui.exports.lines import harmless
from umstui.exports.page import html
from umstui.exports.page_words import LANGUAGES
from umstui.exports.writing import ExportRefused, write_export


@pytest.fixture
def busy(synced: School) -> School:
    """A school with a plan, run 2, in which somebody leaves, comes, moves and changes mail."""
    leaver, mover, mailer = synced.pupils(3)
    synced.sql("DELETE FROM Students WHERE StudieNr = ?", leaver)
    synced.sql("UPDATE Students SET WorkMail = 'new@school.example' WHERE StudieNr = ?", mailer)
    synced.sql("UPDATE Students SET Efternavn = '=cmd()|x' WHERE StudieNr = ?", mover)
    plan(synced.installation())
    return synced


def test_a_spreadsheet_opens_the_csv_without_running_anything(busy: School, tmp_path: Path) -> None:
    file = tmp_path / "run.csv"
    written = write_export(busy.installation(), "2", "csv", file)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == written == 3
    with open_plan(busy.installation(), "2") as run:
        assert [int(row["seq"]) for row in rows] == [change.seq for change in run.changes()]
    for row in rows:
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", " ="])
def test_no_start_of_a_formula_reaches_a_cell(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless("Anna Holm-Jensen") == "Anna Holm-Jensen"


def test_the_workbook_is_typed_can_be_filtered_and_keeps_its_titles_in_sight(
    busy: School, tmp_path: Path
) -> None:
    file = tmp_path / "run.xlsx"
    written = write_export(busy.installation(), "2", "xlsx", file)
    book = openpyxl.load_workbook(file)
    sheet = book["Changes"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:J{written + 1}"
    assert [cell.value for cell in sheet[1]][:4] == ["seq", "kind", "op", "key"]
    for row in sheet.iter_rows(min_row=2):
        assert row[0].data_type == "n"
        assert {cell.data_type for cell in row[1:] if cell.value is not None} <= {"s", "inlineStr"}
    assert book["Run"]["B3"].is_date


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_head_teacher_reads_names_and_classes_and_no_ids(
    busy: School, tmp_path: Path, language: str
) -> None:
    leaver = busy.rows("SELECT DISTINCT StudieNr FROM Students WHERE Efternavn = '=cmd()|x'")
    file = tmp_path / "run.html"
    write_export(busy.installation(), "2", "html", file, language=language)
    page = file.read_text(encoding="utf-8")
    words = LANGUAGES[language]
    assert f'<html lang="{language}">' in page
    assert f"<h3>{words.leavers} (1)</h3>" in page
    with open_plan(busy.installation(), "2") as run:
        for change in run.changes():
            assert change.key not in page
            if change.kind == "person" and change.op == "delete":
                assert f"<td>{change.label}</td>" in page
    assert "http" not in page.replace("http-equiv", "")
    assert str(leaver[0][0]) not in page


def test_the_page_names_who_changes_class(synced: School, tmp_path: Path) -> None:
    (key,) = synced.pupils(1)
    old, new = synced.rows(
        "SELECT DISTINCT AktivitetsID, Aktivitet FROM Students WHERE UserTypes_ID = 1 "
        f"AND (StudieNr = '{key}' OR AktivitetsID NOT IN "
        f"(SELECT AktivitetsID FROM Students WHERE StudieNr = '{key}')) "
        f"AND Aktiviteter_SlutDato LIKE '%2027' ORDER BY StudieNr <> '{key}' LIMIT 2"
    )
    synced.sql(
        "UPDATE Students SET AktivitetsID = ?, Aktivitet = ? WHERE StudieNr = ? "
        "AND AktivitetsID = ?", new[0], new[1], key, old[0],
    )  # fmt: skip
    plan(synced.installation())
    file = tmp_path / "run.html"
    write_export(synced.installation(), "2", "html", file)
    page = file.read_text(encoding="utf-8")
    assert "<h3>Changes of class (1)</h3>" in page


def test_the_page_of_a_large_school_ends_with_how_many_more_there_are(
    synced: School, tmp_path: Path
) -> None:
    """Nobody reads ten thousand names; a number that is too small would be believed."""
    leavers = synced.pupils(5)
    for key in leavers:
        synced.sql("DELETE FROM Students WHERE StudieNr = ?", key)
    plan(synced.installation())
    whole = movements(synced.installation(), "2")
    short = movements(synced.installation(), "2", most=1)
    assert sum(school.leavers.count for school in whole) == 5
    assert [one.leavers.count for one in short] == [one.leavers.count for one in whole]
    for one, full in zip(short, whole, strict=True):
        assert one.leavers.first == full.leavers.first[:1]
    file = tmp_path / "run.html"
    with file.open("w", encoding="utf-8") as to:
        html(report(synced.installation(), "2").summary, short, LANGUAGES["en"], to)
    page = file.read_text(encoding="utf-8")
    for school in whole:
        assert f"<h3>Leavers ({school.leavers.count})</h3>" in page
        if more := school.leavers.count - 1:
            assert f"and {more} more" in page
            assert all(one.name not in page for one in school.leavers.first[1:])


def test_a_run_of_more_rows_than_a_sheet_takes_goes_on_in_the_next(
    busy: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A spreadsheet drops what is below its last row without a word."""
    monkeypatch.setattr(workbook, "ROWS_A_SHEET", 2)
    file = tmp_path / "run.xlsx"
    assert write_export(busy.installation(), "2", "xlsx", file) == 3
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Run", "Changes", "Changes from 3"]
    rows = [list(book[name].iter_rows(values_only=True)) for name in book.sheetnames[1:]]
    assert [len(sheet) for sheet in rows] == [3, 2]
    assert rows[0][0] == rows[1][0] == lines.COLUMNS
    assert [row[0] for sheet in rows for row in sheet[1:]] == [1, 2, 3]


def test_a_bundle_shows_support_the_run_without_contact_data(busy: School, tmp_path: Path) -> None:
    file = tmp_path / "run.duckdb"
    written = write_export(busy.installation(), "2", "bundle", file)
    with duckdb.connect(str(file), read_only=True) as bundle:
        tables = {row[0] for row in bundle.execute("SHOW TABLES").fetchall()}
        assert {"change", "problem", "held_person", "fate", "decision", "run"} <= tables
        assert bundle.execute("SELECT count(*) FROM change").fetchall() == [(written,)]
        everything = "\n".join(
            str(row) for table in tables for row in bundle.execute(f"FROM {table}").fetchall()
        )
        changed = bundle.execute(
            "SELECT before->>'$.email', after->>'$.email' FROM change "
            "WHERE before->>'$.email' IS DISTINCT FROM after->>'$.email' AND op = 'update'"
        ).fetchall()
    assert "new@school.example" not in everything
    assert changed == [("(left out)", "(left out, another)")]
    for column in ("WorkMail", "PrivateMail", "PhoneNumber", "MobilePhone", "Adresse"):
        for (value,) in busy.rows(f"SELECT DISTINCT {column} FROM Students WHERE {column} <> ''"):
            assert str(value) not in everything, column


def test_names_never_leave_without_an_entry_in_the_audit_trail(
    busy: School, tmp_path: Path
) -> None:
    file = tmp_path / "run.jsonl"
    written = write_export(busy.installation(operator="kari"), "2", "jsonl", file)
    entry = audit_trail(busy.installation())[-1]
    assert (entry.action, entry.operator, entry.run, entry.count, entry.reason) == (
        "export", "kari", 2, written, "jsonl",
    )  # fmt: skip
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = json.loads(file.read_text(encoding="utf-8").splitlines()[0])
    assert list(first) == [
        "seq", "kind", "op", "key", "label", "school", "changes", "reason", "status", "message",
    ]  # fmt: skip
    with pytest.raises(NotAllowed):
        write_export(busy.installation(read_only=True), "2", "jsonl", tmp_path / "more.jsonl")
    assert not (tmp_path / "more.jsonl").exists()


def test_a_workbook_is_not_poured_onto_a_terminal(busy: School) -> None:
    with pytest.raises(ExportRefused):
        write_export(busy.installation(), "2", "xlsx", Path("-"))
