"""Connecting a community to a project with its key (M2, M4, M5, M6, M7)."""

from tests.support.suite import Suite
from tests.support.waiting import wait_until


async def test_a_community_is_connected_with_its_key_and_stands_in_the_list(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community("Кофейня «Зерно»")

    connection = await project.key_connection(community.key)
    shown = await project.operator.get(f"/api/v1/vk/connections/{connection['id']}")
    answer = await project.ask_to_integrate(connection["id"], community.id)
    assert answer.status_code == 201, answer.text
    integration = await project.integration_in_state(answer.json()["id"], "active")

    offered = shown["communities"]
    assert [(one["community_id"], one["name"]) for one in offered] == [(community.id, "Кофейня «Зерно»")]
    assert offered[0]["messages_enabled"] is not False
    assert offered[0]["claimed_by"] is None
    listed = await project.operator.get("/api/v1/integrations", project_id=project.id)
    assert [(one["id"], one["name"], one["state"]) for one in listed["items"]] == [
        (integration["id"], "Кофейня «Зерно»", "active")
    ]
    servers = (await suite.vk.look(community))["callback_servers"]
    assert len(servers) == 1
    assert servers[0]["status"] == "ok"
    assert {"message_new", "message_reply"} <= set(servers[0]["events"])
    assert community.key not in str(shown) + str(listed)


async def test_messages_flow_from_the_moment_of_saving(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Ещё до подключения")
    connection = await project.key_connection(community.key)

    answer = await project.ask_to_integrate(connection["id"], community.id)
    assert answer.status_code == 201, answer.text
    await project.integration_in_state(answer.json()["id"], "active")
    await suite.vk.user_writes(community, user, "Сразу после")

    dialog = await project.dialog_with(user)
    await project.message(dialog["id"], "Сразу после")


async def test_several_communities_serve_one_project(suite: Suite) -> None:
    project = await suite.new_project()
    communities = [await suite.vk.new_community(f"Филиал {number}") for number in range(1, 4)]
    user = await suite.vk.new_user()

    for community in communities:
        await project.connect_by_key(community)
        await suite.vk.user_writes(community, user, f"Пишу в {community.name}")

    async def names() -> bool:
        return {one["community_name"] for one in await project.dialogs()} == {c.name for c in communities}

    await wait_until(names, describe="a dialog in each community")


async def test_a_community_of_another_project_is_refused_with_a_clear_error(suite: Suite) -> None:
    first, second = await suite.new_project(), await suite.new_project()
    community = await suite.vk.new_community()
    await first.connect_by_key(community)

    connection = await second.key_connection(community.key)
    answer = await second.ask_to_integrate(connection["id"], community.id)

    assert answer.status_code == 409
    assert answer.json()["code"] == "community_already_connected"
    listed = await second.operator.get("/api/v1/integrations", project_id=second.id)
    assert listed["items"] == []


async def test_a_community_with_messages_off_is_refused(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    # A key has no question for the setting; it shows in the dialogs there are.
    await suite.vk.user_writes(community, await suite.vk.new_user(), "Есть кто?")
    await suite.vk.change(community, "settings", {"messages_enabled": False})

    connection = await project.key_connection(community.key)
    answer = await project.ask_to_integrate(connection["id"], community.id)

    assert answer.status_code == 422
    assert answer.json()["code"] == "community_messages_disabled"


async def test_a_key_that_vk_does_not_know_is_refused(suite: Suite) -> None:
    project = await suite.new_project()
    document = {"project_id": project.id, "method": "key", "key": "vk1.a.unknown-unknown-unknown"}

    answer = await project.operator.request("POST", "/api/v1/vk/connections", document)

    assert answer.status_code == 422, answer.text
    assert "vk1.a" not in answer.text
