"""Contact data taken out of a workspace before it is sealed into a file that leaves the house."""

from __future__ import annotations

import duckdb

CONTACTS = ("email", "phone", "mobile", "street", "postcode", "city")
LEFT_OUT = "(left out)"
LEFT_OUT_NEW = "(left out, another)"


def leave_contacts_out(workspace: duckdb.DuckDBPyConnection) -> None:
    """Put a mark in place of every contact datum in held_person and change; the mark differs where
    the datum differs. Mail addresses in sentences go as well. Empty stays empty, unsent unsent."""
    workspace.execute(
        "CREATE OR REPLACE TEMP MACRO without_mail(words) AS regexp_replace(words, "
        r"'[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}', '" + LEFT_OUT + "', 'g')"
    )
    masks = ", ".join(
        f"{name} = CASE WHEN {name} <> '' THEN '{LEFT_OUT}' ELSE {name} END" for name in CONTACTS
    )
    workspace.execute(f"UPDATE held_person SET {masks}")
    old = ", ".join(
        f"'{name}', CASE WHEN before->>'$.{name}' <> '' THEN '{LEFT_OUT}' "
        f"ELSE before->>'$.{name}' END"
        for name in CONTACTS
    )
    new = ", ".join(
        f"'{name}', CASE WHEN after->>'$.{name}' = '' THEN '' "
        f"WHEN after->>'$.{name}' IS NULL THEN NULL "
        f"WHEN after->>'$.{name}' IS NOT DISTINCT FROM before->>'$.{name}' THEN '{LEFT_OUT}' "
        f"ELSE '{LEFT_OUT_NEW}' END"
        for name in CONTACTS
    )
    others = ("user_name", "first_name", "last_name", "role")
    workspace.execute(
        f"UPDATE change SET "
        f"before = CASE WHEN before IS NOT NULL THEN json_object({_kept('before', others)}, {old})"
        f" END, "
        f"after = CASE WHEN after IS NOT NULL THEN json_object({_kept('after', others)}, {new})"
        f" END WHERE kind = 'person'"
    )
    workspace.execute(
        "UPDATE change SET message = without_mail(message), reason = without_mail(reason)"
    )
    workspace.execute("UPDATE problem SET detail = without_mail(detail)")


def _kept(column: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}', {column}->>'$.{name}'" for name in names)
