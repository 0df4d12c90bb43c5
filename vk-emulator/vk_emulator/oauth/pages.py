"""The HTML of the authorize pages. Everything that comes from outside is escaped."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode, urlsplit

from vk_emulator.model import App, Community, User
from vk_emulator.oauth.grants import IDENTITY, OAuthError
from vk_emulator.oauth.requests import Asked, may_let_in
from vk_emulator.oauth.texts import language_of, text

ENGLISH, RUSSIAN = "3", "0"
# So many people are found by looking; more need a filter.
FEW_PEOPLE = 8

DOCUMENT = """<!doctype html>
<html lang="{language}" data-scheme="{scheme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/emulator/avatars/0.svg">
<link rel="stylesheet" href="/page/consent.css">
<script type="module" src="/page/consent.js"></script>
</head>
<body>
<main>
<header><span class="logo" aria-hidden="true">VK</span><span class="brand">{brand}</span>{switch}</header>
{body}
</main>
<footer>{note}</footer>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A request on its way through the pages: which flow, its own query, what it asks, for whom."""

    flow: str
    query: dict[str, str]
    asked: Asked
    app: App

    @property
    def path(self) -> str:
        """Where the page lies."""
        return "/id/authorize" if self.flow == IDENTITY else "/oauth/authorize"

    def say(self, key: str, **values: object) -> str:
        """A text in the language of the page, ready for HTML."""
        return escape(text(language_of(self.query), key, **values))


def choice_of_person(shown: Shown, people: list[tuple[User, str]]) -> str:
    """Who is at the browser: one button a person, administrators with their communities."""
    rows = "".join(_person_row(shown, user, communities) for user, communities in people)
    search = (
        f'<label class="search"><span>{shown.say("find")}</span><input id="find" type="search" '
        f'autocomplete="off" maxlength="60"></label>'
        if len(people) > FEW_PEOPLE
        else ""
    )
    body = f"""<h1>{shown.say("who")}</h1>
<p class="lead">{shown.say("who_lead", app=shown.app.name)}</p>
{search}
<form method="post" action="/id/sign-in" class="people">
<input type="hidden" name="back" value="{_own_address(shown)}">
<ul id="people">{rows}</ul>
</form>
{_cancel(shown, "link")}"""
    return _document(shown, shown.say("who"), body)


def consent(shown: Shown, person: User) -> str:
    """What the application wants, from whom, and the two answers."""
    is_identity = shown.flow == IDENTITY
    title = shown.say("wants_account" if is_identity else "wants_communities", app=shown.app.name)
    refused = [one for one in shown.asked.communities if not may_let_in(one, person)]
    asked = "" if is_identity else _communities(shown, person)
    host = urlsplit(shown.asked.redirect_uri).netloc
    disabled = " disabled" if refused else ""
    body = f"""<h1>{title}</h1>
{asked}
<h2>{shown.say("will_get")}</h2>
<ul class="rights">{_rights(shown)}</ul>
{_alert(shown, refused)}
{_signed_in(shown, person)}
<form method="post" action="{shown.path}" class="decision">
{_hidden(shown, person)}
<button name="decision" value="allow" class="primary"{disabled}>{shown.say("allow")}</button>
<button name="decision" value="cancel">{shown.say("cancel")}</button>
</form>
<p class="back">{shown.say("back_to", host=host)}</p>"""
    return _document(shown, title, body)


def refusal(error: OAuthError, query: dict[str, str]) -> str:
    """A request that cannot be trusted: told here, because there is nowhere to go back to."""
    language = language_of(query)
    title = escape(text(language, "refused"))
    body = f"""<h1>{title}</h1>
<p class="alert" role="alert"><code>{escape(error.error)}</code> {escape(error.description)}</p>
<p class="lead">{escape(text(language, "refused_lead"))}</p>"""
    return DOCUMENT.format(
        language=language, scheme="light", title=title, brand="VK ID", switch="", body=body,
        note=escape(text(language, "note")),
    )  # fmt: skip


def _person_row(shown: Shown, user: User, communities: str) -> str:
    caption = shown.say("administers", names=communities) if communities else escape(user.city)
    return (
        f'<li><button name="person" value="{user.id}" class="person">{_picture(user.id)}'
        f"<span><strong>{_name(user)}</strong><small>{caption}</small></span></button></li>"
    )


def _communities(shown: Shown, person: User) -> str:
    levels = ("nobody", "moderator", "editor", "administrator")
    rows = "".join(
        f"<li>{_picture(-one.id)}<span><strong>{escape(one.name)}</strong>"
        f"<small>{shown.say(one.state if one.state != 'active' else levels[one.level_of(person.id)])}</small>"
        f"</span></li>"
        for one in shown.asked.communities
    )
    return f'<ul class="communities">{rows}</ul>'


def _alert(shown: Shown, refused: Iterable[Community]) -> str:
    names = ", ".join(f"«{one.name.replace('«', '„').replace('»', '“')}»" for one in refused)
    return f'<p class="alert" role="alert">{shown.say("not_administrator", names=names)}</p>' if names else ""


def _rights(shown: Shown) -> str:
    prefix = "scope_" if shown.flow == IDENTITY else "right_"
    names = shown.asked.scope or ["nothing"]
    return "".join(
        f"<li><strong>{shown.say(prefix + name)}</strong><small>{escape(name)}</small></li>" for name in names
    )


def _signed_in(shown: Shown, person: User) -> str:
    return f"""<form method="post" action="/id/sign-in" class="signed-in">
<input type="hidden" name="back" value="{_own_address(shown)}">
{_picture(person.id)}<span><small>{shown.say("you_are")}</small><strong>{_name(person)}</strong></span>
<button name="person" value="" class="link">{shown.say("another_person")}</button>
</form>"""


def _cancel(shown: Shown, look: str) -> str:
    return f"""<form method="post" action="{shown.path}" class="cancel">
<input type="hidden" name="query" value="{escape(urlencode(shown.query))}">
<button name="decision" value="cancel" class="{look}">{shown.say("cancel")}</button>
</form>"""


def _hidden(shown: Shown, person: User) -> str:
    return (
        f'<input type="hidden" name="query" value="{escape(urlencode(shown.query))}">'
        f'<input type="hidden" name="person" value="{person.id}">'
    )


def _document(shown: Shown, title: str, body: str) -> str:
    language = language_of(shown.query)
    other = {**shown.query, "lang_id": ENGLISH if language == "ru" else RUSSIAN}
    switch = (
        f'<a class="language" hreflang="{"en" if language == "ru" else "ru"}" '
        f'href="{shown.path}?{escape(urlencode(other))}">{shown.say("other_language")}</a>'
    )
    scheme = "dark" if shown.query.get("scheme") == "dark" else "light"
    brand = "VK ID" if shown.flow == IDENTITY else shown.say("brand")
    return DOCUMENT.format(
        language=language, scheme=scheme, title=title, brand=brand, switch=switch, body=body,
        note=shown.say("note"),
    )  # fmt: skip


def _own_address(shown: Shown) -> str:
    return escape(f"{shown.path}?{urlencode(shown.query)}")


def _picture(peer_id: int) -> str:
    return f'<img src="/emulator/avatars/{peer_id}.svg" alt="" width="40" height="40" loading="lazy">'


def _name(user: User) -> str:
    return escape(f"{user.first_name} {user.last_name}".strip())
