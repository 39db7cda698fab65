"""The status report: whoever reads only its subject knows what happened."""

from __future__ import annotations

import dataclasses
import datetime as dt
from html.parser import HTMLParser

import pytest

from sync.model import (
    Applied,
    Change,
    ChangeStatus,
    FilterCell,
    Kind,
    Operation,
    Problem,
    RunReport,
    RunState,
    RunSummary,
    Verdict,
)
from sync.report import Postponed, RunFacts, status_report

CELL = FilterCell(
    "person", "delete", "site", 51, 1000, "5%", Verdict.HOLD, "delete 51 of 1,000 persons"
)


def _facts(state: RunState, verdict: Verdict = Verdict.PASS, **options: object) -> RunFacts:
    summary = RunSummary(
        run="12",
        org=1,
        as_of=dt.date(2026, 8, 10),
        state=state,
        verdict=verdict,
        fingerprint="f",
        counts={"person": {"create": 3, "delete": 51, "postpone": 7}},
        applied=Applied(),
        made_at=dt.datetime(2026, 8, 10, 2, 0, tzinfo=dt.UTC),
        made_by="scheduler",
    )
    run = RunReport(
        summary,
        filter=[CELL],
        problems=[Problem("date", "anna01", 1), Problem("date", "bo02", 2)],
        without_key=["manual"],
    )
    facts = RunFacts(run, "Fjordby", before={"person": 1000}, after={"person": 952})
    return dataclasses.replace(facts, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "state", "command"),
    [
        (_facts(RunState.APPLIED), "applied", "Nothing."),
        (_facts(RunState.PLANNED), "planned", 'umstui apply 12 --confirm "delete 51"'),
        (_facts(RunState.APPROVED), "approved", 'umstui apply 12 --confirm "delete 51"'),
        (_facts(RunState.HELD, Verdict.HOLD), "HELD", "umstui approve 12 --reason TEXT"),
        (
            _facts(RunState.HELD, Verdict.HOLD, parts=["--kind person --op delete --school S1"]),
            "HELD",
            "umstui approve 12 --kind person --op delete --school S1 --reason TEXT",
        ),
        (_facts(RunState.HELD, Verdict.HOLD, unapprovable=True), "HELD", "umstui plan --org 1"),
        (
            _facts(RunState.PLANNED, Verdict.FROZEN, frozen_until=dt.date(2026, 8, 13)),
            "FROZEN until 2026-08-13",
            "umstui sync --org 1",
        ),
        (_facts(RunState.APPLYING), "being applied", "umstui runs show 12 --follow"),
        (_facts(RunState.APPLIED_WITH_FAILURES), "WITH FAILURES", "umstui runs show 12"),
        (_facts(RunState.FAILED, error="The site did not answer."), "FAILED", "umstui check"),
        (_facts(RunState.REJECTED), "rejected", "Nothing."),
    ],
)
def test_the_subject_says_the_state_and_the_text_the_command(
    facts: RunFacts, state: str, command: str
) -> None:
    """Every state, held, frozen and failed ones too, comes with what to do next."""
    report = status_report(facts)
    assert state in report.subject
    assert "Fjordby" in report.subject
    assert "run 12" in report.subject
    assert command in report.text
    assert facts.error in report.text


def test_a_hold_nobody_can_approve_offers_no_approval() -> None:
    """An empty source is mended; a command that will refuse helps nobody."""
    report = status_report(_facts(RunState.HELD, Verdict.HOLD, unapprovable=True))
    assert "umstui approve" not in report.text


def test_it_holds_counts_limits_failures_and_what_waits() -> None:
    """What a head teacher asks is in it: how many before, after, held, failed, postponed."""
    failure = Change(
        7,
        Kind.PERSON,
        Operation.UPDATE,
        "bo02",
        "Bo",
        "S1",
        "",
        ChangeStatus.FAILED,
        None,
        None,
        "the user name is taken",
    )
    facts = _facts(
        RunState.APPLIED_WITH_FAILURES,
        failures=[failure] * 60,
        failed=70,
        postponed=[Postponed(dt.date(2026, 8, 14), "person", 7)],
    )
    lines = [line.split() for line in status_report(facts).text.splitlines()]
    assert ["person", "1,000", "952", "create", "3,", "delete", "51,", "postpone", "7"] in lines
    assert ["hold", "person", "delete", "site", "51", "1,000", "5%"] in lines
    assert lines.count(["update", "person", "bo02", "the", "user", "name", "is", "taken"]) == 50
    assert "and 20 more:" in status_report(facts).text
    assert ["2026-08-14", "person", "7"] in lines
    assert ["date", "3"] in lines
    assert "Users without a sync key: 1" in status_report(facts).text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


def test_names_are_never_markup() -> None:
    """A pupil called <script> is a pupil with a strange name."""
    facts = dataclasses.replace(
        _facts(RunState.HELD, Verdict.HOLD, reasons=["<script>alert(1)</script> & co"]),
        organization="Fjordby\r\nBcc: all@school.example <img src=x>",
    )
    report = status_report(facts)
    tags = _Tags()
    tags.feed(report.html)
    assert tags.tags <= {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "p",
        "h2",
        "table",
        "tr",
        "th",
        "td",
    }
    assert "&lt;script&gt;" in report.html
    assert "\n" not in report.subject
    assert "\r" not in report.subject
