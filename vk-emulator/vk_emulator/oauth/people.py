"""Who sits at the browser: anybody of the emulator's people, chosen without a password."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from vk_emulator.control.bodies import Problem, emulator_of
from vk_emulator.emulator import Emulator
from vk_emulator.model import ADMINISTRATOR, Community, User
from vk_emulator.oauth.requests import is_number

COOKIE = "vk_emulator_person"
MOST_PEOPLE = 500
PAGES = ("/id/authorize", "/oauth/authorize")
# A sign-in answers these, so they are not asked for again.
ANSWERED_PROMPTS = ("login", "select_account")


def person_of(request: Request) -> User | None:
    """The person this browser is signed in as, unless VK deleted or banned them."""
    value = request.cookies.get(COOKIE, "")
    user = emulator_of(request).world.users.get(int(value)) if is_number(value) else None
    return None if user is None or user.deactivated else user


def people_to_choose(emulator: Emulator, communities: tuple[Community, ...]) -> list[tuple[User, str]]:
    """People with the communities they administer: those of the given communities first, others last."""
    world = emulator.world
    of_these = {one.id for one in communities}
    names: dict[int, list[str]] = {}
    first: set[int] = set()
    for community in world.communities.values():
        for user_id in {community.admin_id, *map(int, community.officers)}:
            if community.level_of(user_id) >= ADMINISTRATOR and community.state == "active":
                names.setdefault(user_id, []).append(community.name)
                if community.id in of_these:
                    first.add(user_id)
    users = [user for user in world.users.values() if not user.deactivated]
    users.sort(key=lambda user: (user.id not in first, user.id not in names))
    return [(user, ", ".join(names.get(user.id, []))) for user in users[:MOST_PEOPLE]]


async def sign_in(request: Request) -> Response:
    """Take the chosen person and go back to the page that asked: `person`, `back`; no person signs out."""
    async with request.form(max_files=0, max_fields=4) as form:
        person, back = str(form.get("person", "")), str(form.get("back", ""))
    page = urlsplit(back)
    if page.scheme or page.netloc or page.path not in PAGES:
        raise Problem(422, "invalid_field", "back is one of the authorize pages.")
    query = [
        (name, value)
        for name, value in parse_qsl(page.query, keep_blank_values=True)
        if not (person and name == "prompt" and value in ANSWERED_PROMPTS)
    ]
    answer = RedirectResponse(f"{page.path}?{urlencode(query)}", 303)
    if not person:
        answer.delete_cookie(COOKIE)
    elif is_number(person) and int(person) in emulator_of(request).world.users:
        answer.set_cookie(COOKIE, person, httponly=True, samesite="lax")
    else:
        raise Problem(404, "user_not_found", "There is no such person.")
    return answer


ROUTES = [Route("/id/sign-in", sign_in, methods=["POST"])]
