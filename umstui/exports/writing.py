"""One way for every export: entered into the audit trail, written whole or not at all, readable by
its owner alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from sync import runs
from sync.errors import UmstuiError
from sync.runs import Installation
from umstui.exports.lines import csv, jsonl
from umstui.exports.page import html
from umstui.exports.page_words import LANGUAGES

FILES_ONLY = frozenset({"xlsx", "bundle"})


class ExportRefused(UmstuiError):
    """A file that cannot be written like this."""

    exit_code = 2


def format_of(output: Path) -> str:
    """The format that the ending of a file name stands for. Raises ExportRefused."""
    endings = {".jsonl": "jsonl", ".csv": "csv", ".xlsx": "xlsx", ".html": "html"}
    form = {**endings, ".duckdb": "bundle"}.get(output.suffix.lower())
    if form is None:
        raise ExportRefused(
            f"{output.name} has no ending that names a format; it may be .xlsx, .csv, .jsonl, "
            ".html (a page for a head teacher) or .duckdb (for support, without contact data)."
        )
    return form


def write_export(
    installation: Installation, run: str, form: str, output: Path, *, language: str = "en"
) -> int:
    """Write a run as jsonl, csv, xlsx, html or bundle; ``-`` is standard output.

    Gives the number of changes, for the page that of its lines. Raises NotAllowed in a read-only
    session, NotFound, RunFileDamaged, ExportRefused.
    """
    report = runs.report(installation, run)
    if form in FILES_ONLY and str(output) == "-":
        raise ExportRefused(f"{form} is no text: name a file for it with -o FILE.")
    if form != "bundle":
        with runs.open_plan(installation, run):
            pass  # a damaged file is found before the entry is made
    runs.note_export(installation, run, form, report.summary.changes)
    if str(output) == "-":
        sys.stdout.flush()
        return _text_writer(installation, run, form, language)(sys.stdout)
    unfinished = output.with_name(f"{output.name}.part")
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        if form == "bundle":
            unfinished.unlink()  # DuckDB makes its own file
            written = runs.bundle(installation, run, unfinished)
            unfinished.chmod(0o600)
        elif form == "xlsx":
            written = _workbook(installation, run, unfinished)
        else:
            with unfinished.open("w", encoding="utf-8", newline="") as to:
                written = _text_writer(installation, run, form, language)(to)
        unfinished.replace(output)
    except OSError as error:
        raise UmstuiError(
            f"{output} cannot be written: {error.strerror or error}. Name another file with -o."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return written


def _text_writer(
    installation: Installation, run: str, form: str, language: str
) -> Callable[[TextIO], int]:
    def page(to: TextIO) -> int:
        summary = runs.report(installation, run).summary
        return html(summary, runs.movements(installation, run), LANGUAGES[language], to)

    def lines(to: TextIO) -> int:
        with runs.open_plan(installation, run) as plan:
            return {"jsonl": jsonl, "csv": csv}[form](plan.changes(), to)

    return page if form == "html" else lines


def _workbook(installation: Installation, run: str, to: Path) -> int:
    from umstui.exports.workbook import xlsx

    report = runs.report(installation, run)
    with runs.open_plan(installation, run) as plan:
        return xlsx(report, plan.changes(), to, installation.clock())
