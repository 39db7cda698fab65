"""The status report after a run: what it says, and how it reaches those who should read it."""

from sync.report.delivery import Delivery, MailLogin, deliver, mail_login
from sync.report.status import Postponed, RunFacts, StatusReport, status_report
from sync.report.teachers import LANGUAGES, text_for_teachers

__all__ = [
    "LANGUAGES",
    "Delivery",
    "MailLogin",
    "Postponed",
    "RunFacts",
    "StatusReport",
    "deliver",
    "mail_login",
    "status_report",
    "text_for_teachers",
]
