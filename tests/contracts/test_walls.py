"""The walls between projects: every operation × who calls × whose ids, made of the OpenAPI descriptions."""

import copy
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from shared.http.access import REQUEST_HEADER, SAFE_METHODS, Role
from tests.contracts.operations import ACCOUNTS, HIDDEN, HIDDEN_ENDINGS, OPERATIONS, Least, Operation
from tests.contracts.tenants import Answer, open_otklik
from tests.contracts.walls import Caller, Walls, filled, places, told, unknown
from tests.support.waiting import wait_until

# One Otklik for the whole module, so its tests share a loop.
pytestmark = pytest.mark.asyncio(loop_scope="module")

EXCHANGE = f"POST {ACCOUNTS}/api-keys/token"
CLICK = "POST /w/{public_key}/click"
# They look at no cookie at all, and answer this.
COOKIELESS = {EXCHANGE: (401, "unauthenticated"), CLICK: (404, "widget_not_found")}
OPENED_BY_NO_COOKIE = {f"POST {ACCOUNTS}/session", f"POST {ACCOUNTS}/enrolments/{{token}}", *COOKIELESS}
EXTRA_FIELDS = ("project_id", "role", "state", "token", "id")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walls(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Walls]:
    async with open_otklik(tmp_path_factory.mktemp("walls")) as otklik:
        yield Walls(otklik, *[await otklik.new_tenant(letter) for letter in "ABC"])


by_call = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.call)
with_body = pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.body is not None], ids=lambda operation: operation.call
)


async def test_the_table_has_every_operation(walls: Walls) -> None:
    described = {
        f"{method.upper()} {path}"
        for service in walls.otklik.services.values()
        for path, methods in service.api.openapi()["paths"].items()
        for method in methods
    }
    assert {operation.call for operation in OPERATIONS} == described
    for operation in OPERATIONS:
        assert set(operation.refused) == set(places(operation)), operation.call


@by_call
async def test_own_ids_by_role(walls: Walls, operation: Operation) -> None:
    for caller in walls.callers():
        status, code = expected(operation, caller)
        fresh: dict[str, Any] = {}
        if code is None:
            for kind in operation.uses_up:
                fresh |= await walls.otklik.fresh(walls.own, kind)
        answer = await walls.try_it(operation, caller, fresh)
        assert answer.status == status, f"{caller.name}: {answer.text}"
        assert code in {None, answer.code}, f"{caller.name}: {answer.text}"


def expected(operation: Operation, caller: Caller) -> tuple[int, str | None]:
    """Status and code for a call with A's own ids."""
    if operation.least is Least.ANYBODY:
        return operation.good, None
    if caller.person is None:
        return 401, "unauthenticated"
    if operation.least is Least.SIGNED_IN:
        return operation.good, None
    assert isinstance(operation.least, Role)
    if caller.role is None:
        return 404, next(iter(operation.refused.values()))
    if caller.role.rank < operation.least.rank:
        return 403, "forbidden"
    return operation.good, None


def may(operation: Operation, caller: Caller) -> bool:
    return expected(operation, caller) == (operation.good, None)


@by_call
async def test_foreign_ids_look_unknown(walls: Walls, operation: Operation) -> None:
    if operation.least is Least.ANYBODY:
        return  # links and keys that open by themselves belong to whoever holds them
    for caller in walls.callers():
        for chosen in _choices(places(operation)) if caller.person else [tuple(places(operation))]:
            fresh = await _fresh_where_it_may_succeed(walls, operation, caller, chosen)
            foreign = {place: walls.foreign.things[place] for place in chosen}
            unheard = {place: unknown(place) for place in chosen}
            one = await walls.try_it(operation, caller, {**fresh, **foreign})
            fresh = await _fresh_where_it_may_succeed(walls, operation, caller, chosen)
            other = await walls.try_it(operation, caller, {**fresh, **unheard})
            same = told(one, *foreign.values()), told(other, *unheard.values())
            if one.status >= 400:
                assert same[0] == same[1], f"{caller.name}, {chosen}"
            assert one.status == other.status, f"{caller.name}, {chosen}"
            _check_refusal(operation, caller, chosen, one)


def _choices(found: list[str]) -> Iterator[tuple[str, ...]]:
    """Each id alone, then all of them at once."""
    for place in found:
        yield (place,)
    if len(found) > 1:
        yield tuple(found)


async def _fresh_where_it_may_succeed(
    walls: Walls, operation: Operation, caller: Caller, chosen: tuple[str, ...]
) -> dict[str, Any]:
    fresh: dict[str, Any] = {}
    if may(operation, caller) and all(operation.refused[place] is None for place in chosen):
        for kind in operation.uses_up:
            if kind not in chosen:
                fresh |= await walls.otklik.fresh(walls.own, kind)
    return fresh


def _check_refusal(operation: Operation, caller: Caller, chosen: tuple[str, ...], answer: Answer) -> None:
    status, _ = expected(operation, caller)
    if status in {401, 403}:
        # With one foreign id among own ones a low role may be told either.
        assert answer.status in {status, 404}, f"{caller.name}, {chosen}: {answer.text}"
        return
    if status == 404:
        assert answer.status == 404, f"{caller.name}, {chosen}: {answer.text}"
        return
    codes = {operation.refused[place] for place in chosen} - {None}
    if codes:
        assert answer.code in codes, f"{caller.name}, {chosen}: {answer.text}"
    else:
        assert answer.status == operation.good, f"{caller.name}, {chosen}: {answer.text}"


@by_call
async def test_malformed_ids(walls: Walls, operation: Operation) -> None:
    # What is malformed is refused before anybody asks for roles.
    for caller in (walls.callers()[0], walls.callers()[-1]):
        for place in places(operation):
            for malformed in ("' OR 1=1 --", "é" * 40):
                answer = await walls.try_it(operation, caller, {place: malformed})
                refused = {404, 422} if operation.least is Least.ANYBODY else {422}
                refused = refused if caller.person or operation.least is Least.ANYBODY else {401}
                assert answer.status in refused, f"{caller.name}, {place}={malformed}: {answer.text}"


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.least is Least.ANYBODY], ids=lambda one: one.call
)
async def test_links_and_keys_that_nobody_has_given_out(walls: Walls, operation: Operation) -> None:
    for place, code in operation.refused.items():
        answer = await walls.try_it(operation, walls.callers()[0], {place: str(uuid4())})
        assert (answer.status, answer.code) == (404, code)


@with_body
async def test_fields_that_are_not_the_callers_to_set(walls: Walls, operation: Operation) -> None:
    owner = walls.callers()[-1]
    assert operation.body is not None
    for path, inner in _objects(operation.body):
        for extra in EXTRA_FIELDS:
            if extra in inner:
                continue
            body = copy.deepcopy(operation.body)
            target: Any = body
            for step in path:
                target = target[step]
            target[extra] = "owner" if extra == "role" else str(uuid4())
            widened = Operation(
                operation.call, operation.least, 422, operation.refused, operation.query, body
            )
            answer = await walls.try_it(widened, owner, {})
            assert (answer.status, answer.code) == (422, "invalid_request"), (
                f"{extra} in {path}: {answer.text}"
            )


def _objects(
    body: dict[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    yield path, body
    for name, value in body.items():
        if isinstance(value, dict):
            yield from _objects(value, (*path, name))


async def test_a_feed_of_several_projects_needs_a_role_in_each(walls: Walls) -> None:
    url, own = "/api/v1/dialogs/changes", walls.own.things["project_id"]
    for other in (walls.foreign.things["project_id"], str(uuid4())):
        answer = await walls.otklik.call_as(walls.own.owner, "GET", url, query={"project_id": [own, other]})
        assert (answer.status, answer.code) == (404, "project_not_found")
    answer = await walls.otklik.call_as(walls.own.owner, "GET", url, query={"project_id": [own, own]})
    assert answer.status == 200


async def test_cursors_of_one_project_open_no_other(walls: Walls) -> None:
    await walls.otklik.new_dialog(walls.own)
    page = await walls.otklik.good(
        walls.own.owner, "GET", "/api/v1/dialogs", project_id=walls.own.things["project_id"], limit="1"
    )
    query = {"project_id": walls.elsewhere.things["project_id"], "cursor": page["next_cursor"]}
    answer = await walls.otklik.call_as(walls.elsewhere.owner, "GET", "/api/v1/dialogs", query=query)
    assert (answer.status, answer.code) == (422, "invalid_cursor")


async def test_what_is_hidden_is_for_services_only(walls: Walls) -> None:
    registries = []
    for service in walls.otklik.services.values():
        described = service.api.openapi()["paths"]
        for path, methods in _routes(service.api):
            if path in described or path in HIDDEN or path.endswith(HIDDEN_ENDINGS):
                assert methods <= {"GET", "HEAD"} or path in described, path
                continue
            assert "/registry" in path, f"{path} is in no description"
            registries.append(path)
            await _check_registry(walls, service.name, path)
    assert registries == ["/api/v1/integrations/registry"]


def _routes(api: Any, prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    for route in api.routes:
        if hasattr(route, "path"):
            yield prefix + route.path, set(route.methods or ())
        else:
            yield from _routes(route.original_router, prefix + route.include_context.prefix)


async def _check_registry(walls: Walls, name: str, path: str) -> None:
    for caller in walls.callers():
        answer = await walls.otklik.call_as(caller.person, "GET", path)
        assert (answer.status, answer.code) == (401, "unauthenticated"), caller.name
    guard = walls.otklik.services["dialogs"].guard
    statuses = {}
    for audience in (name, "accounts"):
        answer = await walls.otklik.call("GET", path, token=guard.service_token(audience))
        statuses[audience] = answer.status
    assert statuses == {name: 200, "accounts": 401}


@by_call
async def test_a_services_token_is_nobodys(walls: Walls, operation: Operation) -> None:
    if operation.least is Least.ANYBODY:
        return
    token = walls.otklik.services["integrations"].guard.service_token("dialogs")
    things = walls.own.things
    path, query = filled(operation.path, things), filled(operation.query, things)
    body = filled(operation.body, {**things, "new_email": "a@b.c"})
    answer = await walls.otklik.call(operation.method, path, token=token, body=body, query=query)
    assert (answer.status, answer.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.method not in SAFE_METHODS], ids=lambda one: one.call
)
async def test_no_cookie_opens_a_changing_call_of_another_page(walls: Walls, operation: Operation) -> None:
    """F15: a browser sends our cookies with whatever a page of somebody else's makes it call."""
    owner, things = walls.own.owner, {**walls.own.things, "new_email": "csrf@walls.example"}
    path, query = filled(operation.path, things), filled(operation.query, things)
    body = filled(operation.body, things)
    own, evil, ours = {"Origin": walls.otklik.url}, {"Origin": "https://evil.example"}, {REQUEST_HEADER: "1"}
    pages = [{**evil, **ours}, {"Origin": "null", **ours}]
    pages += [] if operation.call in OPENED_BY_NO_COOKIE else [{}, own, ours, {**own, REQUEST_HEADER: "0"}]
    await walls.otklik.refresh(owner)
    cookie = f"otklik_access={owner.token}; otklik_session={owner.session_token}"

    for page in pages:
        request: dict[str, Any] = {"body": body, "query": query, "cookie": cookie, "page": page}
        answer = await walls.otklik.call(operation.method, path, **request)
        expected_one = COOKIELESS.get(operation.call, (403, "foreign_origin"))
        assert (answer.status, answer.code) == expected_one, page
    assert (await walls.otklik.call("GET", f"{ACCOUNTS}/session", cookie=cookie, page={})).status == 200


async def test_nothing_behind_the_walls_has_changed(walls: Walls) -> None:
    """Runs last: after all those calls the foreign project is as it was made."""
    owner, things, call = walls.foreign.owner, walls.foreign.things, walls.otklik.good
    project = things["project_id"]
    shown = await call(owner, "GET", f"/api/v1/accounts/projects/{project}")
    assert shown == {"id": project, "name": "проект-B", "role": "owner"}
    people = await call(owner, "GET", f"/api/v1/accounts/projects/{project}/people")
    assert len(people["items"]) == len(Role) + 2
    linked = await call(owner, "GET", "/api/v1/integrations", project_id=project)
    assert [(one["id"], one["state"]) for one in linked["items"]] == [(things["integration_id"], "active")]
    dialogs = await call(owner, "GET", "/api/v1/dialogs", project_id=project)
    assert [(one["id"], one["state"]) for one in dialogs["items"]] == [(things["dialog_id"], "taken")]
    messages = await call(owner, "GET", f"/api/v1/dialogs/{things['dialog_id']}/messages")
    assert len(messages["items"]) == 4 + len(Role)
    widgets = await call(owner, "GET", "/api/v1/widgets", project_id=project)
    assert [(one["id"], len(one["channels"])) for one in widgets["items"]] == [(things["widget_id"], 1)]


async def test_an_api_key_opens_its_own_project_at_every_service(walls: Walls) -> None:
    key = (await walls.otklik.new_api_key(walls.elsewhere, Role.OPERATOR))["key"]
    for tenant, status in ((walls.elsewhere, 200), (walls.foreign, 404)):
        things = tenant.things
        for path in (
            f"/api/v1/accounts/projects/{things['project_id']}",
            f"/api/v1/integrations/{things['integration_id']}",
            f"/api/v1/dialogs/{things['dialog_id']}",
            f"/api/v1/widgets/{things['widget_id']}",
        ):
            answer = await walls.otklik.call("GET", path, token=key)
            assert answer.status == status, f"{path}: {answer.text}"
    things = walls.elsewhere.things
    answer = await walls.otklik.call("GET", f"/api/v1/vk/connections/{things['connection_id']}", token=key)
    assert (answer.status, answer.code) == (403, "forbidden")
    body = {"client_id": "by-program", "text": "Готово"}
    path = f"/api/v1/dialogs/{things['dialog_id']}/messages"
    assert (await walls.otklik.call("POST", path, token=key, body=body)).status == 202


async def test_a_revoked_api_key_opens_nothing_at_any_service(walls: Walls) -> None:
    made = await walls.otklik.new_api_key(walls.elsewhere)
    things = walls.elsewhere.things
    paths = [
        f"/api/v1/accounts/projects/{things['project_id']}",
        f"/api/v1/integrations/{things['integration_id']}",
        f"/api/v1/dialogs/{things['dialog_id']}",
        f"/api/v1/widgets/{things['widget_id']}",
    ]
    for path in paths:
        assert (await walls.otklik.call("GET", path, token=made["key"])).status == 200, path
    key = f"{paths[0]}/api-keys/{made['id']}"
    await walls.otklik.good(walls.elsewhere.owner, "DELETE", key)

    async def all_are_shut() -> bool:
        answers = [await walls.otklik.call("GET", path, token=made["key"]) for path in paths]
        return {answer.status for answer in answers} == {401}

    await wait_until(all_are_shut, describe="the key opens nothing")


async def test_what_people_do_in_other_services_is_in_the_audit_log(walls: Walls) -> None:
    tenant = await walls.otklik.new_tenant("D")
    things = tenant.things
    widget = f"/api/v1/widgets/{things['widget_id']}"
    await walls.otklik.good(tenant.owner, "PATCH", widget, {"name": "Иначе"})
    await walls.otklik.good(tenant.owner, "DELETE", f"{widget}/channels/{things['integration_id']}")
    await walls.otklik.good(tenant.owner, "DELETE", widget)
    await walls.otklik.good(tenant.owner, "DELETE", f"/api/v1/integrations/{things['integration_id']}")
    told = {
        "vk.connection_made",
        "integrations.connected",
        "integrations.deleted",
        "widgets.made",
        "widgets.changed",
        "widgets.channel_added",
        "widgets.channel_removed",
        "widgets.deleted",
    }

    async def lines() -> list[dict[str, Any]]:
        path = f"/api/v1/accounts/projects/{things['project_id']}/audit"
        page = await walls.otklik.good(tenant.owner, "GET", path, limit="100")
        found = [line for line in page["items"] if line["action"] in told]
        return found if {line["action"] for line in found} == told else []

    kept = await wait_until(lines, describe="the audit log tells all of it")
    assert len(kept) == len(told)
    assert {line["actor"]["id"] for line in kept} == {tenant.owner.id}
