"""The way of both consents: check what is asked, learn who the person is, show it, send the browser back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from vk_emulator.control.bodies import Problem, emulator_of
from vk_emulator.emulator import Emulator
from vk_emulator.model import Json, User
from vk_emulator.oauth import pages
from vk_emulator.oauth.grants import IDENTITY, OAuthError
from vk_emulator.oauth.pages import Shown
from vk_emulator.oauth.people import ANSWERED_PROMPTS, people_to_choose, person_of
from vk_emulator.oauth.requests import Asked, Untrusted, checked_return, is_number
from vk_emulator.world import OF_APP

# No form-action: browsers would hold it against the way back to the application.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was asked, and the person who said yes."""

    asked: Asked
    person: User


Read = Callable[[Emulator, dict[str, str]], Asked]
Allow = Callable[[Emulator, Decision], Json]
AtOnce = Callable[[Request, Emulator, Asked], Json | None]


async def ask(request: Request, flow: str, read: Read, *, at_once: AtOnce | None = None) -> Response:
    """Show the page that asks for the person, or the one that asks for the consent."""
    emulator, query = emulator_of(request), dict(request.query_params)
    try:
        asked = read(emulator, query)
        answered = at_once(request, emulator, asked) if at_once is not None else None
    except OAuthError as error:
        return await _refused(request, flow, query, error)
    if answered is not None:
        return await _back(emulator, flow, query, answered)
    person = person_of(request)
    shown = Shown(flow, query, asked, emulator.world.app)
    if person is None or asked.prompt in ANSWERED_PROMPTS:
        people = people_to_choose(emulator, asked.communities)
        return HTMLResponse(pages.choice_of_person(shown, people), headers=HEADERS)
    return HTMLResponse(pages.consent(shown, person), headers=HEADERS)


async def decide(request: Request, flow: str, read: Read, allow: Allow) -> Response:
    """Send the browser back with what it got: `query` as it came, `person`, `decision` allow or cancel."""
    emulator = emulator_of(request)
    async with request.form(max_files=0, max_fields=5) as form:
        given = {name: str(value) for name, value in form.items()}
    query = dict(parse_qsl(given.get("query", ""), keep_blank_values=True))
    try:
        asked = read(emulator, query)
        if given.get("decision") != "allow":
            raise _cancelled(flow)
        number = given.get("person", "")
        person = emulator.world.users.get(int(number)) if is_number(number) else None
        if person is None or person.deactivated:
            raise Problem(404, "user_not_found", "There is no such person.")
        answered = allow(emulator, Decision(asked, person))
    except OAuthError as error:
        return await _refused(request, flow, query, error)
    return await _back(emulator, flow, query, answered)


class _Cancelled(OAuthError):
    """The person said no."""

    def body(self) -> Json:
        """VK tells a reason too."""
        return {"error": self.error, "error_reason": "user_denied", "error_description": self.description}


def _cancelled(flow: str) -> OAuthError:
    if flow == IDENTITY:
        return OAuthError("access_denied", "User denied your request")
    return _Cancelled("access_denied", "User denied your request")


async def _refused(request: Request, flow: str, query: dict[str, str], error: OAuthError) -> Response:
    """Back to the application with the error, or a page when there is no address to trust."""
    emulator = emulator_of(request)
    try:
        checked_return(emulator.world.app, query)
    except Untrusted as untrusted:
        page = pages.refusal(untrusted, query)
        return HTMLResponse(page, untrusted.status, headers=HEADERS)
    return await _back(emulator, flow, query, error.body())


async def _back(emulator: Emulator, flow: str, query: dict[str, str], content: Json) -> Response:
    if query.get("state"):
        content = {**content, "state": query["state"]}
    if emulator.faults.strike(OF_APP, "oauth_wrong_state", subject=flow) is not None:
        content["state"] = emulator.clock.hexadecimal(32)
    if flow == IDENTITY and emulator.faults.strike(OF_APP, "oauth_payload") is not None:
        content = {"payload": json.dumps(content, ensure_ascii=False)}
    await emulator.world.journal.settled()
    address = query["redirect_uri"]
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}{urlencode(content)}", 303)
