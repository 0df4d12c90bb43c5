"""An integration in a site widget, and its end (M8, M10, M13's thread that stays)."""

from typing import Any

import httpx

from tests.support.suite import Suite
from tests.support.suite.people import Project
from tests.support.waiting import wait_until


async def test_a_widget_has_a_button_only_while_it_has_the_integration(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community("Цветы у дома")
    integration = await project.connect_by_key(community)
    widget = await _new_widget(project)
    site = suite.outsider()
    before = await _channels(site, widget)

    await project.operator.put(f"/api/v1/widgets/{widget['id']}/channels/{integration['id']}")
    shown = await _channels(site, widget)
    await project.operator.delete(f"/api/v1/widgets/{widget['id']}/channels/{integration['id']}")
    after = await _channels(site, widget)

    assert (before, after) == ([], [])
    assert [(channel["kind"], channel["name"]) for channel in shown] == [("vk", "Цветы у дома")]
    assert str(community.id) in shown[0]["link"] or "vk." in shown[0]["link"]
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Кнопки нет, а я пишу")
    await project.dialog_with(user)


async def test_deleting_an_integration_stops_its_data_and_takes_its_button_away(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    integration = await project.connect_by_key(community)
    widget = await _new_widget(project)
    await project.operator.put(f"/api/v1/widgets/{widget['id']}/channels/{integration['id']}")
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "До удаления")
    dialog = await project.dialog_with(user)
    await project.message(dialog["id"], "До удаления")

    await project.operator.delete(f"/api/v1/integrations/{integration['id']}")

    site = suite.outsider()
    await wait_until(lambda: _is_without_channels(site, widget), describe="the widget without the button")
    await wait_until(lambda: _is_without_servers(suite, community), describe="VK without our server")
    await suite.vk.user_writes(community, user, "После удаления")
    await wait_until(lambda: _is_read_only(project, dialog["id"]), describe="a read-only dialog")
    refused = await project.operator.request(
        "POST", f"/api/v1/dialogs/{dialog['id']}/messages", {"client_id": "late", "text": "Поздно"}
    )
    assert refused.status_code == 409, refused.text
    assert [message["text"] for message in await project.messages(dialog["id"])] == ["До удаления"]
    listed = await project.operator.get("/api/v1/integrations", project_id=project.id)
    assert listed["items"] == []


async def test_a_deleted_communitys_claim_is_free_for_another_project(suite: Suite) -> None:
    first, second = await suite.new_project(), await suite.new_project()
    community = await suite.vk.new_community()
    integration = await first.connect_by_key(community)
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Первому проекту")
    await first.dialog_with(user)

    await first.operator.delete(f"/api/v1/integrations/{integration['id']}")
    await second.connect_by_key(community)
    await suite.vk.user_writes(community, user, "Второму проекту")

    dialog = await second.dialog_with(user)
    await second.message(dialog["id"], "Второму проекту")
    assert [one["last_message"]["text"] for one in await first.dialogs()] == ["Первому проекту"]


async def test_connecting_again_in_the_same_project_continues_the_thread(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    integration = await project.connect_by_key(community)
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Раньше")
    dialog = await project.dialog_with(user)

    await project.operator.delete(f"/api/v1/integrations/{integration['id']}")
    again = await project.connect_by_key(community)
    await suite.vk.user_writes(community, user, "Позже")
    await project.message(dialog["id"], "Позже")

    assert again["id"] == integration["id"]
    assert again["epoch"] == integration["epoch"] + 1
    assert len(await project.dialogs()) == 1
    await project.reply(dialog["id"], "Снова на связи")
    await project.message(dialog["id"], "Снова на связи", state="sent")


async def _new_widget(project: Project) -> dict[str, Any]:
    made: dict[str, Any] = await project.operator.post(
        "/api/v1/widgets", {"project_id": project.id, "name": "Сайт"}
    )
    return made


async def _channels(site: httpx.AsyncClient, widget: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await site.get(f"/w/{widget['public_key']}.json")
    assert answer.status_code == httpx.codes.OK, answer.text
    channels: list[dict[str, Any]] = answer.json()["channels"]
    return channels


async def _is_without_channels(site: httpx.AsyncClient, widget: dict[str, Any]) -> bool:
    return await _channels(site, widget) == []


async def _is_without_servers(suite: Suite, community: Any) -> bool:
    return (await suite.vk.look(community))["callback_servers"] == []


async def _is_read_only(project: Project, dialog_id: str) -> bool:
    dialog = await project.operator.get(f"/api/v1/dialogs/{dialog_id}")
    return bool(dialog["can_reply"] == {"allowed": False, "reason": "integration_deleted"})


async def test_who_comes_from_a_site_brings_its_page_and_campaign_into_the_dialog(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    integration = await project.connect_by_key(community)
    widget = await _new_widget(project)
    await project.operator.put(f"/api/v1/widgets/{widget['id']}/channels/{integration['id']}")
    site, door = suite.outsider(), f"/w/{widget['public_key']}"
    (channel,) = await _channels(site, widget)
    mark = (await site.get(f"{door}/mark")).json()["ref"]
    page = "https://shop.example/tea?utm_source=autumn&email=a@b.example"
    click = {"link": channel["link"], "ref": mark, "page_url": page}
    told = await site.post(f"{door}/click", json=click, headers={"Origin": "https://shop.example"})
    assert (told.status_code, told.json()) == (200, {"ref": mark}), told.text

    user = await suite.vk.new_user()
    await suite.vk.change(community, f"users/{user}/messages", {"text": "Здравствуйте", "ref": mark})
    dialog = await project.dialog_with(user)

    async def has_visit() -> bool:
        return (await project.operator.get(f"/api/v1/dialogs/{dialog['id']}"))["visit"] is not None

    await wait_until(has_visit, describe="the visit in the dialog")
    shown = await project.operator.get(f"/api/v1/dialogs/{dialog['id']}")
    assert shown["visit"]["page_url"] == "https://shop.example/tea"
    assert shown["visit"]["campaign"] == {"utm_source": "autumn"}
    assert (shown["metrica"]["sent"], shown["metrica"]["reason"]) == (False, "no_site_session")
