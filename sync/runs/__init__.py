"""The verbs: everything the command line and the screens call, and the only place where the rooms
of the core meet. Each takes an :class:`Installation` and gives plain values back.

A verb is imported when it is first asked for: a diagnosis needs no mail and no plan, and whoever
waits for it would wait for them too.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.report import text_for_teachers
    from sync.runs.applying import (
        apply,
        carried_out_by,
        confirmation,
        end_unfinished,
        stop,
        synchronize,
    )
    from sync.runs.auditing import audit_trail, note_export, note_settings_file, verify_audit
    from sync.runs.bundling import bundle
    from sync.runs.calendar import (
        Exceptions,
        HeldWindow,
        add_exception,
        add_window,
        calendar_file,
        change_window,
        exception_words,
        exceptions,
        kept_by,
        released_by,
        remove_exception,
        remove_window,
        renew_exception,
        window_words,
        windows,
    )
    from sync.runs.changing_settings import (
        add_sub_account,
        change_setting,
        remove_sub_account,
        store_secret,
    )
    from sync.runs.checking import check
    from sync.runs.cleaning import (
        backups,
        preview_cleanup,
        preview_restore,
        remove_due_backups,
        restore_cleanup,
        run_cleanup,
    )
    from sync.runs.comparing import compare_runs, drift
    from sync.runs.deciding import Proposal, approve, proposals, reject, take_over
    from sync.runs.diagnosing import diagnose_membership, diagnose_person, diagnose_room
    from sync.runs.duplicates import dismiss, duplicate, find_duplicates, last_search, put_off
    from sync.runs.first_look import columns_there, has_password, missing_names, reach_site
    from sync.runs.forecasting import Forecast, forecast
    from sync.runs.handing_over import support_pack
    from sync.runs.histories import History, HistoryEntry, history
    from sync.runs.installation import Installation, organizations
    from sync.runs.listing import list_runs, open_plan, report
    from sync.runs.orphans import find_orphans, plan_orphans
    from sync.runs.plan_reader import ChangeReader, PlanReader
    from sync.runs.planning import plan
    from sync.runs.procedures import procedure
    from sync.runs.rekeying import plan_rekey, preview_rekey, run_rekey
    from sync.runs.reporting import report_file
    from sync.runs.resolving import resolve
    from sync.runs.school_movements import Movement, SchoolMovements, movements
    from sync.runs.ums_settings import (
        SettingRow,
        SettingsReader,
        TreeNode,
        open_settings,
        template_on_site,
    )
    from sync.runs.undoing import undo

__all__ = [
    "ChangeReader",
    "Exceptions",
    "Forecast",
    "HeldWindow",
    "History",
    "HistoryEntry",
    "Installation",
    "Movement",
    "PlanReader",
    "Proposal",
    "SchoolMovements",
    "SettingRow",
    "SettingsReader",
    "TreeNode",
    "add_exception",
    "add_sub_account",
    "add_window",
    "apply",
    "approve",
    "audit_trail",
    "backups",
    "bundle",
    "calendar_file",
    "carried_out_by",
    "change_setting",
    "change_window",
    "check",
    "columns_there",
    "compare_runs",
    "confirmation",
    "diagnose_membership",
    "diagnose_person",
    "diagnose_room",
    "dismiss",
    "drift",
    "duplicate",
    "end_unfinished",
    "exception_words",
    "exceptions",
    "find_duplicates",
    "find_orphans",
    "forecast",
    "has_password",
    "history",
    "kept_by",
    "last_search",
    "list_runs",
    "missing_names",
    "movements",
    "note_export",
    "note_settings_file",
    "open_plan",
    "open_settings",
    "organizations",
    "plan",
    "plan_orphans",
    "plan_rekey",
    "preview_cleanup",
    "preview_rekey",
    "preview_restore",
    "procedure",
    "proposals",
    "put_off",
    "reach_site",
    "reject",
    "released_by",
    "remove_due_backups",
    "remove_exception",
    "remove_sub_account",
    "remove_window",
    "renew_exception",
    "report",
    "report_file",
    "resolve",
    "restore_cleanup",
    "run_cleanup",
    "run_rekey",
    "stop",
    "store_secret",
    "support_pack",
    "synchronize",
    "take_over",
    "template_on_site",
    "text_for_teachers",
    "undo",
    "verify_audit",
    "window_words",
    "windows",
]

_HOME = {
    name: module
    for module, names in {
        "sync.report": "text_for_teachers",
        "sync.runs.applying": "apply carried_out_by confirmation end_unfinished stop synchronize",
        "sync.runs.auditing": "audit_trail note_export note_settings_file verify_audit",
        "sync.runs.bundling": "bundle",
        "sync.runs.calendar": (
            "Exceptions HeldWindow add_exception add_window calendar_file change_window "
            "exception_words exceptions kept_by released_by remove_exception remove_window "
            "renew_exception window_words windows"
        ),
        "sync.runs.changing_settings": (
            "add_sub_account change_setting remove_sub_account store_secret"
        ),
        "sync.runs.checking": "check",
        "sync.runs.cleaning": (
            "backups preview_cleanup preview_restore remove_due_backups restore_cleanup run_cleanup"
        ),
        "sync.runs.comparing": "compare_runs drift",
        "sync.runs.deciding": "Proposal approve proposals reject take_over",
        "sync.runs.diagnosing": "diagnose_membership diagnose_person diagnose_room",
        "sync.runs.duplicates": "dismiss duplicate find_duplicates last_search put_off",
        "sync.runs.first_look": "columns_there has_password missing_names reach_site",
        "sync.runs.forecasting": "Forecast forecast",
        "sync.runs.handing_over": "support_pack",
        "sync.runs.histories": "History HistoryEntry history",
        "sync.runs.installation": "Installation organizations",
        "sync.runs.listing": "list_runs open_plan report",
        "sync.runs.school_movements": "Movement SchoolMovements movements",
        "sync.runs.orphans": "find_orphans plan_orphans",
        "sync.runs.plan_reader": "ChangeReader PlanReader",
        "sync.runs.planning": "plan",
        "sync.runs.procedures": "procedure",
        "sync.runs.rekeying": "plan_rekey preview_rekey run_rekey",
        "sync.runs.reporting": "report_file",
        "sync.runs.resolving": "resolve",
        "sync.runs.ums_settings": (
            "SettingRow SettingsReader TreeNode open_settings template_on_site"
        ),
        "sync.runs.undoing": "undo",
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> object:
    """A verb, from the module that it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = found
    return found
