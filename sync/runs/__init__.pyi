"""The list of the verbs, and where each lives: ``__init__.py`` serves it."""

from .applying import (
    apply as apply,
    carried_out_by as carried_out_by,
    confirmation as confirmation,
    end_unfinished as end_unfinished,
    stop as stop,
    synchronize as synchronize,
)
from .auditing import (
    audit_trail as audit_trail,
    note_export as note_export,
    note_settings_file as note_settings_file,
    verify_audit as verify_audit,
)
from .bundling import bundle as bundle
from .calendar import (
    Exceptions as Exceptions,
    HeldWindow as HeldWindow,
    add_exception as add_exception,
    add_window as add_window,
    calendar_file as calendar_file,
    change_window as change_window,
    exception_words as exception_words,
    exceptions as exceptions,
    kept_by as kept_by,
    released_by as released_by,
    remove_exception as remove_exception,
    remove_window as remove_window,
    renew_exception as renew_exception,
    window_words as window_words,
    windows as windows,
)
from .changing_settings import (
    add_sub_account as add_sub_account,
    change_setting as change_setting,
    remove_sub_account as remove_sub_account,
    store_secret as store_secret,
)
from .checking import check as check
from .cleaning import (
    backups as backups,
    preview_cleanup as preview_cleanup,
    preview_restore as preview_restore,
    remove_due_backups as remove_due_backups,
    restore_cleanup as restore_cleanup,
    run_cleanup as run_cleanup,
)
from .comparing import compare_runs as compare_runs, drift as drift
from .deciding import (
    Proposal as Proposal,
    approve as approve,
    proposals as proposals,
    reject as reject,
    take_over as take_over,
)
from .diagnosing import (
    diagnose_membership as diagnose_membership,
    diagnose_person as diagnose_person,
    diagnose_room as diagnose_room,
)
from .duplicates import (
    dismiss as dismiss,
    duplicate as duplicate,
    find_duplicates as find_duplicates,
    last_search as last_search,
    put_off as put_off,
)
from .first_look import (
    columns_there as columns_there,
    has_password as has_password,
    missing_names as missing_names,
    reach_site as reach_site,
)
from .forecasting import Forecast as Forecast, forecast as forecast
from .handing_over import support_pack as support_pack
from .histories import History as History, HistoryEntry as HistoryEntry, history as history
from .installation import Installation as Installation, organizations as organizations
from .listing import (
    list_runs as list_runs,
    open_plan as open_plan,
    refuse_other_organization as refuse_other_organization,
    report as report,
)
from .orphans import find_orphans as find_orphans, plan_orphans as plan_orphans
from .plan_reader import ChangeReader as ChangeReader, PlanReader as PlanReader
from .planning import plan as plan
from .procedures import procedure as procedure
from .rekeying import (
    plan_rekey as plan_rekey,
    preview_rekey as preview_rekey,
    run_rekey as run_rekey,
)
from .reporting import report_file as report_file
from .resolving import resolve as resolve
from .school_movements import (
    Movement as Movement,
    SchoolMovements as SchoolMovements,
    movements as movements,
)
from .ums_settings import (
    SettingRow as SettingRow,
    SettingsReader as SettingsReader,
    TreeNode as TreeNode,
    open_settings as open_settings,
    template_on_site as template_on_site,
)
from .undoing import undo as undo
