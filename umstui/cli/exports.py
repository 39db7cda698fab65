"""The files that `runs export` writes, each format a function from changes to text."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sync.errors import UmstuiError
from sync.model import Change, ChangeFilter
from umstui.output import change_object

if TYPE_CHECKING:
    from sync.runs import ChangeReader

PAGE = 1000

Format = Callable[[Iterable[Change], TextIO], int]


def jsonl(changes: Iterable[Change], to: TextIO) -> int:
    """One JSON object a change and line (cli.md). Gives the number of changes."""
    written = 0
    for change in changes:
        to.write(json.dumps(change_object(change), ensure_ascii=False) + "\n")
        written += 1
    return written


FORMATS: dict[str, Format] = {"jsonl": jsonl}


def write_export(form: Format, plan: ChangeReader, output: Path) -> int:
    """Write all changes of the plan; ``-`` is standard output. The file appears when it is whole,
    readable by its owner alone, since it holds names. Gives the number of changes."""
    if str(output) == "-":
        return form(every_change(plan), sys.stdout)
    unfinished = output.with_name(f"{output.name}.part")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as to:
            written = form(every_change(plan), to)
        unfinished.replace(output)
    except OSError as error:
        raise UmstuiError(f"{output} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return written


def every_change(changes: ChangeReader) -> Iterator[Change]:
    """All changes of a reader in their order, a page in memory at a time."""
    everything = ChangeFilter()
    offset = 0
    while page := changes.page(everything, offset, PAGE):
        yield from page
        offset += len(page)
