"""Connecting, reading and deleting through the API."""

from typing import Any
from uuid import UUID, uuid4

from shared.events.accounts import ProjectCreated, ProjectRenamed
from shared.events.integrations import (
    IntegrationCreated,
    IntegrationDeleted,
    IntegrationEvent,
    IntegrationStateChanged,
)
from shared.http.access import Role
from tests.services.integrations.opened import REGISTRY, Registry, open_registry
from tests.support.waiting import free_port

SHOP, RIVAL = uuid4(), uuid4()


async def test_a_connected_community_is_an_integration_in_its_project(each_registry: Registry) -> None:
    registry = each_registry
    connection_id = registry.gateway.lists(SHOP, 7)

    answer = await registry.connect(SHOP, 7, connection_id)

    assert answer.status_code == 201
    made = answer.json()
    assert (made["state"], made["epoch"], made["version"]) == ("connecting", 1, 1)
    assert (made["name"], made["screen_name"], made["community_id"]) == ("Community 7", "club7", 7)
    assert await registry.read(SHOP, made["id"]) == made | {"gaps": None}
    listed = await registry.http.get(f"{REGISTRY}?project_id={SHOP}", headers=registry.as_role(SHOP))
    assert listed.json() == {"items": [made], "next_cursor": None}
    [event] = await registry.said()
    assert isinstance(event, IntegrationCreated)
    assert (event.integration_id, event.connection_id, event.epoch) == (UUID(made["id"]), connection_id, 1)


async def test_the_gateway_is_asked_on_behalf_of_the_person(registry: Registry) -> None:
    headers = registry.as_role(SHOP)

    await registry.connect(SHOP, 7, headers=headers)

    assert registry.gateway.asked_with == [headers["Authorization"]]


async def test_a_community_serves_one_project_until_it_is_deleted_there(each_registry: Registry) -> None:
    registry = each_registry
    first = (await registry.connect(SHOP, 7)).json()

    refused = await registry.connect(RIVAL, 7)

    assert refused.status_code == 409
    assert refused.json()["code"] == "community_already_connected"
    assert str(SHOP) not in refused.text
    assert (await registry.delete(SHOP, first["id"])).status_code == 204
    taken_over = await registry.connect(RIVAL, 7)
    assert taken_over.status_code == 201
    assert taken_over.json()["id"] != first["id"]


async def test_who_works_in_the_other_project_too_is_told_its_name(each_registry: Registry) -> None:
    registry = each_registry
    await registry.tell(ProjectCreated(project_id=SHOP, name="Магазин"))
    await registry.tell(ProjectRenamed(project_id=SHOP, name="Магазин на углу", version=3))
    await registry.tell(ProjectRenamed(project_id=SHOP, name="Лавка", version=2))
    await registry.connect(SHOP, 7)

    stranger = await registry.connect(RIVAL, 7)
    both = await registry.connect(RIVAL, 7, headers=registry.as_role(RIVAL, SHOP))

    assert "project_name" not in stranger.json()
    assert both.json()["code"] == "community_already_connected"
    assert both.json()["project_name"] == "Магазин на углу"


async def test_connecting_the_same_again_tells_it_to_who_has_not_heard(registry: Registry) -> None:
    connection_id = registry.gateway.lists(SHOP, 7)
    first = await registry.connect(SHOP, 7, connection_id)

    again = await registry.connect(SHOP, 7, connection_id)

    assert (again.status_code, again.json()) == (201, first.json())
    first_word, second_word = await registry.said()
    assert first_word == second_word


async def test_a_new_connection_replaces_the_key_in_place(each_registry: Registry) -> None:
    registry = each_registry
    first = (await registry.connect(SHOP, 7)).json()
    await registry.link(first)
    new_connection = registry.gateway.lists(SHOP, 7, name="Renamed")

    again = (await registry.connect(SHOP, 7, new_connection)).json()

    assert (again["id"], again["epoch"], again["state"]) == (first["id"], 1, "active")
    assert again["name"] == "Renamed"
    event = (await registry.said())[-1]
    assert isinstance(event, IntegrationCreated)
    assert (event.connection_id, event.version, event.state) == (new_connection, 3, "active")


async def test_a_life_after_a_delete_is_a_new_epoch_of_the_same_integration(each_registry: Registry) -> None:
    registry = each_registry
    first = (await registry.connect(SHOP, 7)).json()
    await registry.link(first)
    await registry.delete(SHOP, first["id"])
    assert (await registry.read(SHOP, first["id"]))["state"] == "deleted"

    second = (await registry.connect(SHOP, 7)).json()

    assert (second["id"], second["epoch"], second["state"]) == (first["id"], 2, "connecting")
    said = [event for event in await registry.said() if isinstance(event, IntegrationEvent)]
    assert [type(event) for event in said] == [
        IntegrationCreated,
        IntegrationStateChanged,
        IntegrationDeleted,
        IntegrationCreated,
    ]
    assert [(event.version, event.epoch) for event in said] == [(1, 1), (2, 1), (3, 1), (4, 2)]
    kinds = [line["kind"] for line in await registry.timeline(SHOP, first["id"])]
    assert kinds == ["connected", "deleted", "linked", "connected"]


async def test_deleting_twice_is_deleting_once(registry: Registry) -> None:
    made = (await registry.connect(SHOP, 7)).json()
    await registry.delete(SHOP, made["id"])

    again = await registry.delete(SHOP, made["id"])

    assert again.status_code == 204
    assert len(await registry.said()) == 2
    listed = await registry.http.get(f"{REGISTRY}?project_id={SHOP}", headers=registry.as_role(SHOP))
    assert listed.json()["items"] == []


async def test_what_the_gateway_knows_against_it_is_refused(registry: Registry) -> None:
    refusals: list[tuple[dict[str, Any], int, str]] = [
        ({"is_admin": False}, 422, "not_community_admin"),
        ({"messages_enabled": False}, 422, "community_messages_disabled"),
        ({"state": "pending"}, 409, "connection_not_ready"),
        ({"community_id": 8}, 422, "community_not_offered"),
    ]
    for facts, status, code in refusals:
        answer = await registry.connect(SHOP, 7, registry.gateway.lists(SHOP, 7, **facts))
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        # The same words are for keys, which know no consent page.
        assert "consent" not in answer.json()["title"]

    assert await registry.said() == []


async def test_what_the_gateway_does_not_know_is_no_reason_to_refuse(registry: Registry) -> None:
    connection_id = registry.gateway.lists(SHOP, 7, is_admin=None, messages_enabled=None)

    answer = await registry.connect(SHOP, 7, connection_id)

    assert answer.status_code == 201


async def test_a_gateway_that_does_not_answer_well_changes_nothing(registry: Registry) -> None:
    answers = [
        (500, 503, "temporarily_unavailable"),
        (200, 503, "temporarily_unavailable"),
        (404, 404, "connection_not_found"),
        (401, 401, "unauthenticated"),
        (403, 403, "forbidden"),
    ]
    for its_status, status, code in answers:
        registry.gateway.breaks_with = its_status
        answer = await registry.connect(SHOP, 7)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    assert await registry.said() == []


async def test_a_gateway_out_of_reach_changes_nothing(sqlite_url: str) -> None:
    async with open_registry(sqlite_url, gateway_url=f"http://127.0.0.1:{free_port()}") as registry:
        answer = await registry.connect(SHOP, 7)

        assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
        assert await registry.said() == []


async def test_a_connection_of_another_own_project_does_not_fit(registry: Registry) -> None:
    connection_id = registry.gateway.lists(RIVAL, 7)
    headers = registry.as_role(SHOP, RIVAL)

    answer = await registry.connect(SHOP, 7, connection_id, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (404, "connection_not_found")


async def test_operators_look_and_administrators_change(registry: Registry) -> None:
    made = (await registry.connect(SHOP, 7)).json()
    operator = registry.as_role(SHOP, role=Role.SUPERVISOR)

    refused = await registry.connect(SHOP, 8, headers=operator)
    kept = await registry.http.delete(f"{REGISTRY}/{made['id']}", headers=operator)

    assert (refused.status_code, kept.status_code) == (403, 403)
    assert (await registry.read(SHOP, made["id"]))["state"] == "connecting"


async def test_foreign_integrations_look_like_unknown_ones(registry: Registry) -> None:
    made = (await registry.connect(SHOP, 7)).json()
    stranger = registry.as_role(RIVAL)

    for path in (f"{REGISTRY}/{made['id']}", f"{REGISTRY}/{uuid4()}"):
        for answer in (
            await registry.http.get(path, headers=stranger),
            await registry.http.delete(path, headers=stranger),
            await registry.http.get(f"{path}/timeline", headers=stranger),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "integration_not_found")
    listed = await registry.http.get(f"{REGISTRY}?project_id={SHOP}", headers=stranger)
    assert listed.json()["code"] == "project_not_found"


async def test_malformed_requests_are_refused(registry: Registry) -> None:
    changes: list[dict[str, Any]] = [
        {"community_id": -7},
        {"community_id": None},
        {"community_id": 2**70},
        {"channel": "fax"},
        {"epoch": 5},
    ]
    for change in changes:
        body = {
            "project_id": str(SHOP),
            "channel": "vk",
            "connection_id": str(uuid4()),
            "community_id": 7,
            **change,
        }
        answer = await registry.http.post(REGISTRY, json=body, headers=registry.as_role(SHOP))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), change


async def test_pages_neither_repeat_nor_skip(registry: Registry) -> None:
    made = [(await registry.connect(SHOP, number)).json()["id"] for number in range(1, 6)]
    seen: list[str] = []
    cursor = ""
    while True:
        query = f"project_id={SHOP}&limit=2{cursor}"
        page = (await registry.http.get(f"{REGISTRY}?{query}", headers=registry.as_role(SHOP))).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == sorted(made)


async def test_services_read_the_whole_registry_and_people_do_not(registry: Registry) -> None:
    kept = (await registry.connect(SHOP, 7)).json()
    gone = (await registry.connect(RIVAL, 8)).json()
    await registry.delete(RIVAL, gone["id"])

    first = await registry.http.get(f"{REGISTRY}/registry?limit=1", headers=registry.as_service())
    cursor = first.json()["next_cursor"]
    rest = await registry.http.get(f"{REGISTRY}/registry?cursor={cursor}", headers=registry.as_service())
    refused = await registry.http.get(f"{REGISTRY}/registry", headers=registry.as_role(SHOP))

    items = {item["integration_id"]: item for item in first.json()["items"] + rest.json()["items"]}
    assert {key: (item["deleted"], item["version"]) for key, item in items.items()} == {
        kept["id"]: (False, 1),
        gone["id"]: (True, 2),
    }
    assert rest.json()["next_cursor"] is None
    assert refused.status_code == 401
