"""A person as itslearning should hold them (rules.md 7) in plain Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tests.rules.oracle_rows import Row, most_frequent
from tests.rules.oracle_values import Item


def person_of(rows: Sequence[Row], day: dt.date, key: str) -> Item:
    """The person of these rows, which all count on ``day`` (readings.md 14 to 17)."""
    student = all(row.is_student for row in rows)
    kind = "Student" if student else "Employee"
    uploads = {
        box
        for row in rows
        for template in row.templates
        if row.counts_for(template, day)
        for box in ("Address", "Phone", "MobilePhone", "Mail")
        if template.setting[f"{kind}{box}"]
    }
    secret = any(row.facts["SecretAddress"] for row in rows)

    def value(column: str) -> str:
        return most_frequent(row[column] for row in rows)

    def sent(box: str, column: str) -> str | None:
        if box not in uploads:
            return None
        return "" if secret else value(column)

    mail = value("WorkMail") or ("" if secret else value("PrivateMail"))
    return {
        "key": key,
        "user_name": key,
        "first_name": rows[0]["Fornavne"][:64],
        "last_name": rows[0]["Efternavn"][:64],
        "role": "Student" if student else "Staff",
        "email": mail if "Mail" in uploads else None,
        "phone": sent("Phone", "PhoneNumber"),
        "mobile": sent("MobilePhone", "MobilePhone"),
        "street": sent("Address", "Adresse"),
        "postcode": sent("Address", "PostNummer"),
        "city": sent("Address", "City"),
        "administrative_id": value("UMS_IDFromAdministrativeSystem"),
        "school": value("Skolekode"),
        "kept": False,
    }
