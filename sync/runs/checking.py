"""check: looks at everything a run needs before one needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from sync.errors import RunFileDamaged, UmstuiError
from sync.itslearning.memberships import ROLES
from sync.model import CheckLine
from sync.runs.installation import Installation, choose_organization
from sync.runs.recollecting import disagreement
from sync.runs.site import reading_site, secrets
from sync.runs.storing import load_held_now
from sync.snapshots.run_file import read_header
from sync.snapshots.workspace import open_workspace
from sync.ums.check import check_database, used_templates
from sync.ums.organizations import Organization, organizations


def check(installation: Installation, org: int | None = None) -> Iterator[CheckLine]:
    """Look at config, state, database, settings, criteria, site and course templates, a line each.

    Nothing is written. An error in one place does not keep the others from being looked at.
    """
    yield from _attempt("state database", lambda: _state(installation))
    yield from _attempt("run files", lambda: _run_files(installation))
    try:
        source = installation.source()
    except UmstuiError as error:
        yield CheckLine("error", "UMS database", str(error))
        return
    try:
        found = organizations(source, installation.mapping)
        yield from _attempt(
            "UMS database",
            lambda: check_database(source, installation.mapping, installation.today, ROLES),
        )
        wanted = found if org is None else [choose_organization(found, org)]
        for organization in wanted:
            subject = f"organization {organization.id}"
            for look in (_memory, _secrets, _site):
                yield from _attempt(subject, partial(look, installation, organization))
    except UmstuiError as error:
        yield CheckLine("error", "UMS database", str(error))
    finally:
        source.dispose()


def _attempt(subject: str, look: Callable[[], Sequence[CheckLine]]) -> Sequence[CheckLine]:
    try:
        return look()
    except UmstuiError as error:
        return [CheckLine("error", subject, str(error))]


def _state(installation: Installation) -> Sequence[CheckLine]:
    runs = installation.reader().runs()
    place = installation.state.url.render_as_string(hide_password=True)
    return [CheckLine("ok", "state database", f"{place}, {len(runs)} runs")]


def _run_files(installation: Installation) -> Sequence[CheckLine]:
    files = installation.run_files
    if not files.folder.exists():
        return [CheckLine("ok", "run files", f"{files.folder} will be made by the first plan")]
    runs = [int(run.run) for run in installation.reader().runs()]
    sizes, lines = [], []
    for run in runs:
        if files.path(run).exists():
            sizes.append(files.path(run).stat().st_size)
            try:
                read_header(files, run)
            except RunFileDamaged as error:
                lines.append(CheckLine("warning", f"run {run}", str(error)))
    said = f"{files.folder}, {len(sizes)} files, {sum(sizes) / 1e6:.1f} MB"
    return [CheckLine("ok", "run files", said), *lines]


def _memory(installation: Installation, organization: Organization) -> Sequence[CheckLine]:
    """Whether UMS's memory is what the last run left (sync.runs.recollecting)."""
    source = installation.source()
    try:
        with open_workspace() as workspace:
            base = load_held_now(installation, installation.reader(), organization.id, workspace)
            told, _ = disagreement(installation, source, organization, workspace, base)
    finally:
        source.dispose()
    subject = f"organization {organization.id}"
    if told:
        text = f"{told}; the next plan asks itslearning itself, and nobody is created once more"
        return [CheckLine("warning", subject, text)]
    return [CheckLine("ok", subject, "UMS's memory agrees with what was last sent")]


def _secrets(installation: Installation, organization: Organization) -> Sequence[CheckLine]:
    """The secret of the timetable, where the organization has one; the site's password is proved
    by logging in."""
    if not organization.api_client_id:
        return []
    subject = f"organization {organization.id}"
    if not secrets(installation, organization).api_secret:
        text = (
            "it has an Organisation API client and no secret for it, so a plan with the timetable "
            f"fails: set UMSTUI_ORG_{organization.id}_API_SECRET, the keyring, or its row in UMS"
        )
        return [CheckLine("error", subject, text)]
    if not organization.api_url:
        text = "OrganizationAPIURL is empty, so the timetable cannot be sent"
        return [CheckLine("error", subject, text)]
    return [CheckLine("ok", subject, "the secret of the Organisation API is there")]


def _site(installation: Installation, organization: Organization) -> Sequence[CheckLine]:
    subject = f"organization {organization.id}"
    lines: list[CheckLine] = []
    source = installation.source()
    try:
        templates = used_templates(source, installation.mapping, organization.id)
    finally:
        source.dispose()
    with reading_site(installation, organization) as reader:
        reader.test()
        lines.append(
            CheckLine("ok", subject, f"{organization.description}: itslearning answers as "
                      f"{organization.username}")
        )  # fmt: skip
        root = organization.source_organization
        keys = {template for _, template, _ in templates} | ({root} if root else set())
        groups = reader.read_groups(sorted(keys)) if keys else {}
        creators = sorted({creator for *_, creator in templates if creator})
        persons = reader.read_persons(creators) if creators else {}
    if root and groups.get(root) is None:
        text = (
            f"itslearning does not show {root}, the root that SourceOrganization names: if it is "
            "not there, nothing can be made under it"
        )
        lines.append(CheckLine("warning", subject, text))
    for setting, template, creator in templates:
        group = groups.get(template)
        if not creator or persons.get(creator) is None:
            text = (
                f"{setting}: the course creator {creator or '(none)'} is no user at itslearning; "
                "it creates nothing until CourseCreator names one"
            )
            lines.append(CheckLine("error", subject, text))
        elif group is None:
            text = (
                f"{setting}: itslearning does not show the template {template}; it is tried with "
                "the first course. A template that UMS made has the prefix UMSCourse_ or UMSGroups_"
            )
            lines.append(CheckLine("warning", subject, text))
        elif not group.course:
            text = f"{setting}: {template} is no course, so it cannot be a course template"
            lines.append(CheckLine("error", subject, text))
        else:
            lines.append(CheckLine("ok", subject, f"{setting}: template {template} is there"))
    return lines
