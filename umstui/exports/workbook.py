"""A run as a workbook: numbers and dates are what they are, the titles stay in sight, every column
can be filtered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from sync.model import Change, RunReport
from umstui.exports.lines import COLUMNS, row_of

ROWS_A_SHEET = 1_048_575  # what a sheet takes beside its row of titles
CELL = 32_767  # characters a cell takes
_WIDTHS = (8, 12, 10, 24, 30, 14, 50, 50, 11, 40)


def xlsx(report: RunReport, changes: Iterable[Change], to: Path, now: dt.datetime) -> int:
    """A sheet on the run and sheets of its changes, as many as they need. Gives their number."""
    # Rows go to disk as they come, so a million changes need no more memory than a page.
    book = Workbook(
        str(to),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": f"Run {report.summary.run}", "created": now.replace(tzinfo=None)})
    bold = book.add_format({"bold": True})
    _write_run(book, report)
    written = 0
    sheet: Worksheet | None = None
    row = 0
    for change in changes:
        if sheet is None or row == ROWS_A_SHEET:
            _end(sheet, row)
            name = "Changes" if sheet is None else f"Changes from {written + 1}"
            sheet, row = book.add_worksheet(name), 0
            _titles(sheet, COLUMNS, _WIDTHS, bold)
        row += 1
        seq, *texts = row_of(change)
        sheet.write_number(row, 0, seq)
        for column, text in enumerate(texts, 1):
            if text:
                sheet.write_string(row, column, text[:CELL])
        written += 1
    if sheet is None:
        sheet = book.add_worksheet("Changes")
        _titles(sheet, COLUMNS, _WIDTHS, bold)
    _end(sheet, row)
    sheet.activate()
    book.close()
    return written


def _titles(sheet: Worksheet, titles: Iterable[str], widths: Iterable[int], style: object) -> None:
    for column, (title, width) in enumerate(zip(titles, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, style)
    sheet.freeze_panes(1, 0)


def _end(sheet: Worksheet | None, rows: int) -> None:
    if sheet is not None:
        sheet.autofilter(0, 0, rows, len(COLUMNS) - 1)


def _write_run(book: Workbook, report: RunReport) -> None:
    summary = report.summary
    sheet = book.add_worksheet("Run")
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 3, 18)
    facts: list[tuple[str, object]] = [
        ("run", summary.run),
        ("organization", summary.org),
        ("planned for", summary.as_of),
        ("made at", summary.made_at.replace(tzinfo=None)),
        ("made by", summary.made_by),
        ("state", summary.state.value),
        ("verdict", summary.verdict.value),
        ("fingerprint", summary.fingerprint),
    ]
    row = 0
    for name, value in facts:
        sheet.write_string(row, 0, name, bold)
        if isinstance(value, dt.datetime):
            sheet.write_datetime(row, 1, value, moment)
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, 1, value, day)
        elif isinstance(value, int):
            sheet.write_number(row, 1, value)
        else:
            sheet.write_string(row, 1, str(value))
        row += 1
    row += 1
    for column, title in enumerate(("kind", "operation", "changes")):
        sheet.write_string(row, column, title, bold)
    for kind, operations in summary.counts.items():
        for operation, number in operations.items():
            if number:
                row += 1
                sheet.write_string(row, 0, kind)
                sheet.write_string(row, 1, operation)
                sheet.write_number(row, 2, number)
