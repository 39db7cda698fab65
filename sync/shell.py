"""Words of a command as they can be pasted into a shell, whatever they are."""

from __future__ import annotations

import os
import re
import shlex

_WINDOWS = os.name == "nt"


def quoted(word: str) -> str:
    """A word of a command line: as it is, in double quotes, which every shell takes, or, where a
    POSIX shell would read something into those, as it has to have it."""
    if re.fullmatch(r"[\w@+=:,./-]+", word):
        return word
    if _WINDOWS:
        return '"' + word.replace('"', '\\"') + '"'
    if word and not set(word) & set('"$`\\!'):
        return f'"{word}"'
    return shlex.quote(word)
