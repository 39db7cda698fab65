"""Changing umstui.toml by the line, and storing secrets: a form, then the answer."""

from __future__ import annotations

from screens.confirm import Confirmation, ConfirmPage
from screens.form import Field, Form, FormPage, Values
from screens.form_checks import needed, one_of
from screens.lane import in_thread
from screens.page import Page
from screens.widgets.lines import Part
from sync.errors import UmstuiError

Lines = list[tuple[Part, ...]]

_HINTS = {
    "filter": "{ percent = 5 }, { count = 12 }, or both; empty: the default",
    "operators": '["kim", "mk"]; empty: nobody is named',
}
_WAY_BACK = " The way back: enter on the line; what it was stands in the audit trail (H)."
_SECRETS = ("password", "api-secret")


def change_line(page: Page, setting: tuple[str, str, str]) -> None:
    """Ask for another value, written as TOML, and try it while it is typed."""
    section, name, value = setting
    desk = page.console_app.desk.setup
    if not section:
        page.say(f"{name}: this is no line of umstui.toml")
        return

    async def meaning(values: Values) -> Lines:
        try:
            said = await in_thread(desk.change_file, section, name, values["value"], store=False)
        except UmstuiError as error:
            return [((f" {error}", "attention"),)]
        return [((f" {said}", "update"),), ((" It counts when the console is opened anew.", ""),)]

    async def done(values: Values) -> None:
        text = values["value"]
        said = await in_thread(desk.change_file, section, name, text, store=False)

        async def carry_out() -> str:
            await in_thread(desk.change_file, section, name, text, store=True)
            return "umstui.toml was changed; it counts when the console is opened anew."

        page.app.push_screen(
            ConfirmPage(
                Confirmation(
                    "8 Settings > change umstui.toml?",
                    [(("", ""),), ((f" {said}", "update"),), (("", ""),), ((_WAY_BACK, ""),)],
                    "store it in umstui.toml",
                    carry_out,
                    closes=2,
                )
            )
        )

    hint = _HINTS.get(section.split(".")[0], 'as TOML: 5, true, "text"; empty: the default')
    page.app.push_screen(
        FormPage(
            Form(
                f"8 Settings > [{section}] {name}",
                (Field("value", f"now {value[:40]}", "", hint),),
                done,
                meaning,
            )
        )
    )


def store_secret(page: Page) -> None:
    """Ask for a secret, unseen, and put it into the keyring of this machine."""
    app = page.console_app
    site, setup = app.site, app.desk.setup
    if site is None:
        page.say("No organization is chosen.")
        return

    async def done(values: Values) -> None:
        await in_thread(setup.store_secret, site.org, values["which"], values["secret"])
        page.app.pop_screen()
        page.app.call_after_refresh(app.tell, f"The {values['which']} is in the keyring.", "good")

    async def meaning(values: Values) -> Lines:
        name = f"org-{site.org}-{values['which']}"
        return [
            ((f" It goes into the keyring of {app.desk.session.host}, as umstui / {name},", ""),),
            ((" for the user who runs this console; it is shown nowhere.", ""),),
        ]

    # Unseen first: whoever pressed p for a password types it at once.
    fields = (
        Field("secret", "secret", "", "typed unseen", needed, secret=True),
        Field("which", "which", _SECRETS[0], " or ".join(_SECRETS),
              one_of(_SECRETS, empty=False), _SECRETS),
    )  # fmt: skip
    page.app.push_screen(
        FormPage(Form(f"8 Settings > password of {site.name}", fields, done, meaning))
    )
