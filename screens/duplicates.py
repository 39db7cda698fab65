"""Duplicates: persons with two accounts, side by side, and what is decided about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.widget import Widget

from screens import duplicates_words as words, twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.widgets.columns import Column
from screens.widgets.frame import Question
from screens.widgets.lines import Facts, Line, Paragraphs, Rule
from screens.widgets.scrolled import Scrolled
from screens.widgets.windowed_list import WindowedList
from screens.wording import number
from sync.errors import UmstuiError
from sync.findings import Finding, Search
from sync.model import ProgressListener, RunState

_COLUMNS: tuple[Column[Finding], ...] = (
    Column("", lambda f: "!" if f.prevents else " ", 1, 1, style=lambda _: "attention"),
    Column("strength", lambda f: f.strength, 8, 8, 2),
    Column("class", lambda f: f.cls, 16, 16),
    Column("name", words.name_of, 20, 40),
    Column("school", words.school_of, 10, 24, 3),
    Column("decided", words.decided_word, 12, 18, 1,
           style=lambda f: "quiet" if f.decided is None else "good"),
)  # fmt: skip


class DuplicatesPage(Page):
    """Findings, the preventable first; nothing is merged, a decision becomes a run or a memory."""

    PLACE = "duplicates"
    TITLE_WORDS = "3 Duplicates"
    BINDINGS = bindings("duplicates")
    FULL = "finding-scroll"
    HELP_WORDS: ClassVar[str] = (
        "Persons who have two accounts at itslearning, or would get a second one; ! in front: the "
        "next run would make it, so it can still be prevented. Below the list both accounts stand "
        "side by side: = agrees, ~ is alike, ! differs; enter gives them the whole screen. s gives "
        "the key to the suggested account, o to the other one: both store a run that is looked at "
        "and applied like any other. d remembers for good that they are different people. Nothing "
        "is merged here."
    )

    def __init__(self) -> None:
        super().__init__()
        self._search: Search | None = None
        self._org: int | None = None
        self._runs: tuple[tuple[str, RunState], ...] = ()  # as they stood when it was shown last
        self._class = ""
        self._busy = False
        self._shown: int | None = None  # the number of the finding that is shown below

    def body(self) -> Iterable[Widget]:
        """Two lines on the search, the list, the comparison."""
        yield Line(id="found")
        yield Line(id="classes")
        yield WindowedList(_COLUMNS, lambda finding: finding.id, id="findings")
        yield Rule(id="finding-rule")
        with Scrolled(id="finding-scroll"):
            yield Paragraphs(id="finding")
            yield Facts(id="finding-facts")

    def on_mount(self) -> None:
        """Show the last search."""
        super().on_mount()
        self.query_one(WindowedList).focus()

    def runs_changed(self) -> None:
        """Read the last search of the site in front, anew when its runs are others."""
        site, runs = self.console_app.site, self.console_app.runs
        if site is None or runs is None:
            return
        standing = tuple((run.run, run.state) for run in runs)
        if site.org != self._org:
            self._search = None
        elif standing == self._runs or self._busy:
            return
        self._org, self._runs = site.org, standing
        self.read_last()

    def situation(self) -> Situation:
        """With the finding under the cursor."""
        return replace(
            super().situation(),
            row=self._finding is not None,
            rows=self.query_one(WindowedList).count,
            planning=self.console_app.planning or self._busy,
        )

    def on_resize(self) -> None:
        """Side by side as wide as the screen is now."""
        super().on_resize()
        if self._search is not None:
            self._show_classes()
            self.show_finding()

    @property
    def _finding(self) -> Finding | None:
        finding: Finding | None = self.query_one(WindowedList).current
        return finding

    @in_background("search")
    async def read_last(self) -> None:
        """What the last search found; where there was none, or something is known since, search
        without asking the site."""
        org = self._org
        if org is None:
            return
        people = self.console_app.desk.people
        found = await in_thread(people.last_search, org)
        if found is not None:
            await self._show(found)
        if found is None or found.overtaken:
            if found is None:
                self.query_one("#found", Line).parts = ((" Searching ...", ""),)
            try:
                found = await self._found(org, live=False)
                self.say("")
            except UmstuiError:
                if self._search is None:
                    self.query_one("#found", Line).parts = (
                        (" Not searched; L searches anew.", ""),
                    )
                raise
            await self._show(found)

    @in_background("search")
    async def search(self, *, live: bool) -> None:
        """Search anew; the last findings stay on screen until then."""
        org = self._org
        if org is None:
            return
        found = await self._found(org, live=live)
        await self._show(found)
        remarks = "; ".join(remark.rstrip(".") for remark in found.remarks)
        self.say(remarks or "Searched.", "" if remarks else "good")

    async def _found(self, org: int, *, live: bool) -> Search:
        people = self.console_app.desk.people
        with self._working("searching ...") as hear:
            return await in_thread(lambda: people.search(org, hear, live=live))

    @contextmanager
    def _working(self, words: str) -> Iterator[ProgressListener]:
        """While something is worked out, nothing else is."""
        self._busy = True
        try:
            with self.hearing(words) as hear:
                yield hear
        finally:
            self._busy = False
            self.refresh_frame()

    async def _show(self, found: Search) -> None:
        self._search = found
        if self._class not in words.classes_of(found.findings):
            self._class = ""
        shown = [one for one in found.findings if self._class in {"", one.cls}]

        now = self.console_app.desk.now()
        self.query_one("#found", Line).parts = words.summary_line(found, now)
        self._show_classes()
        listed = self.query_one(WindowedList)
        listed.empty = "Nobody seems to have two accounts. L reads itslearning and searches anew."
        await listed.show_rows(shown, keep_cursor=True)
        self.show_finding()

    def _show_classes(self) -> None:
        if self._search is not None:
            self.query_one("#classes", Line).parts = words.class_line(
                self._search.findings, self._class, self.app.size.width
            )

    @on(WindowedList.Moved)
    def show_finding(self) -> None:
        """The finding under the cursor, side by side."""
        finding, listed = self._finding, self.query_one(WindowedList)
        shown = finding.id if finding else None
        if self._shown is not None and shown != self._shown and not self._busy:
            self.say("")  # what was said of another one
        self._shown = shown
        place = f"{number(listed.cursor + 1)} of {number(listed.count)}" if listed.count else ""
        title = f"duplicate {finding.id}" if finding else "nothing shown"
        self.query_one("#finding-rule", Rule).parts = ((title, "strong"), (f"  {place}", "quiet"))
        cells = max(40, self.app.size.width - 2)
        self.query_one("#finding", Paragraphs).lines = (
            words.detail_lines(finding, cells) if finding else ()
        )
        self.query_one(Facts).facts = words.detail_facts(finding) if finding else ()
        self.query_one("#finding-scroll", Scrolled).scroll_home(animate=False)
        self.refresh_frame()

    # What keys do -------------------------------------------------------------------------------
    def _step(self, by: int) -> None:
        if self._search is not None:
            names = words.classes_of(self._search.findings)
            self._class = names[(names.index(self._class) + by) % len(names)]
            self.show_again()

    @in_background("show")
    async def show_again(self) -> None:
        """The chosen class."""
        if self._search is not None:
            await self._show(self._search)

    def do_previous_kind(self) -> None:
        """Show the class before."""
        self._step(-1)

    def do_next_kind(self) -> None:
        """Show the next class."""
        self._step(1)

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """The finding in full."""
        self.open_in_full()

    def do_live(self) -> None:
        """Read itslearning and search."""
        self.search(live=True)

    def do_refresh(self) -> None:
        """Search again on the last reading."""
        super().do_refresh()
        self.search(live=False)

    def do_suggested(self) -> None:
        """Keep the suggested account."""
        finding = self._finding
        if finding is not None:
            self.resolve(finding, finding.keep)

    def do_other(self) -> None:
        """Keep the account that is not suggested."""
        finding = self._finding
        if finding is None:
            return
        names = [
            account.key or account.user_name
            for account in finding.accounts
            if account.place == "itslearning"
        ]
        others = [name for name in names if name != finding.keep]
        if len(others) != 1:
            self.say("there is no other account at itslearning to keep")
            return
        self.resolve(finding, others[0])

    @in_background("resolve")
    async def resolve(self, finding: Finding, keep: str) -> None:
        """Store the run and show it; nothing has been sent then."""
        org = self._org
        if org is None:
            return
        people = self.console_app.desk.people
        with self._working("planning ...") as hear:
            done = await in_thread(people.resolve, org, finding.id, keep, hear)
        if done.run:
            from screens.preview import PreviewPage  # noqa: PLC0415 (pages show one another)

            self.console_app.read_runs()
            self.app.push_screen(PreviewPage(done.run))
        self.say(" ".join(done.next) or f"{done.keep} is kept.", "good")
        await self._read_again()

    def do_different(self) -> None:
        """They are different people."""
        self.decide("different people", self.console_app.desk.people.dismiss)

    def do_later(self) -> None:
        """Somebody looks at it later."""
        self.decide("later", self.console_app.desk.people.put_off)

    @in_background("decide")
    async def decide(self, what: str, verb: Callable[[int, int, str], Finding]) -> None:
        """Ask why, then remember."""
        finding, org = self._finding, self._org
        if finding is None or org is None:
            return
        reason = await self.query_one(Question).ask(
            f"{what}: {words.name_of(finding)}. Why?",
            "the reason is kept for good, with your name",
            lambda text: "" if text else "a reason is needed: it is what the next person reads",
        )
        self.query_one(WindowedList).focus()
        if reason is None:
            self.say("Nothing was decided.")
            return
        await in_thread(verb, org, finding.id, reason)
        await self._read_again()
        self.say(f"{what}: {words.name_of(finding)}. Remembered.", "good")

    async def _read_again(self) -> None:
        if self._org is not None:
            found = await in_thread(self.console_app.desk.people.last_search, self._org)
            if found is not None:
                await self._show(found)

    def do_pack(self) -> None:
        """Write the text for itslearning's support."""
        self.write_pack()

    @in_background("write")
    async def write_pack(self) -> None:
        """Ask for the path; the marked findings, else the one under the cursor."""
        listed = self.query_one(WindowedList)
        numbers = sorted(int(key) for key in listed.marked)
        numbers = numbers or ([self._finding.id] if self._finding else [])
        path = await self.query_one(Question).ask_file(
            f"Write {number(len(numbers))} for itslearning's support to which file?",
            "duplicates.txt",
        )
        listed.focus()
        if path is None or self._org is None:
            return
        text = await in_thread(self.console_app.desk.people.support_pack, self._org, numbers)
        try:
            whole = await in_thread(_write, Path(path).expanduser(), text)
        except OSError as error:
            self.say(f"{path} could not be written: {error.strerror or error}.", "error")
            return
        self.say(f"Written to {whole} on {self.console_app.desk.session.host}.", "good")

    def do_diagnose(self) -> None:
        """Where this person is, and why."""
        finding = self._finding
        if finding is not None:
            keys = [account.key or account.user_name for account in finding.accounts]
            self.ask_where(person=keys[-1])

    def twins(self) -> list[tuple[str, str]]:
        """Searching and deciding."""
        app, finding = self.console_app, self._finding
        of_class = ["--class", self._class] if self._class else []
        lines = [("searches for duplicates", twins.command(app, "duplicates", "list", *of_class))]
        if finding is not None:
            one = str(finding.id)
            keep = ["--keep", finding.keep] if finding.keep else []
            shown = ("shows this one", twins.command(app, "duplicates", "show", one))
            lines.insert(0 if self.in_full else 1, shown)
            lines += [
                ("gives the key to the account to keep: stores the run",
                 twins.command(app, "duplicates", "resolve", one, *keep)),
                ("remembers that they are different people",
                 twins.command(app, "duplicates", "dismiss", one, "--reason", "why")),
                ("writes the text for itslearning's support",
                 twins.command(app, "duplicates", "pack", one, "-o", "duplicates.txt")),
            ]  # fmt: skip
        return lines


def _write(path: Path, text: str) -> Path:
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path.resolve()
