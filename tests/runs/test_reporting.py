"""The status report is made after the run, and never instead of it."""

from __future__ import annotations

from dataclasses import replace

import keyring
import msgspec
import pytest

from sync.runs.reporting import report_folder, report_run
from sync.settings import Mail
from tests.runs.synced_school import School


@pytest.mark.parametrize("broken", [OSError("no session bus"), RuntimeError("no back end")])
def test_a_keyring_that_is_broken_costs_the_mail_and_not_the_run(
    synced: School, monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    """Everything was sent; a traceback would read as if it had not been."""

    def get_password(*_: str) -> str:
        raise broken

    monkeypatch.setattr(keyring, "get_password", get_password)
    monkeypatch.delenv("UMSTUI_SMTP_PASSWORD", raising=False)
    installation = synced.installation()
    mail = Mail(smtp="smtp://it@127.0.0.1:1", sender="a@b.example", to=["c@d.example"])
    settings = msgspec.structs.replace(installation.settings, mail=mail)
    installation = replace(installation, settings=settings)
    report_run(installation, "1")
    assert len(list((report_folder(installation) / "outbox").glob("*.eml"))) == 1
