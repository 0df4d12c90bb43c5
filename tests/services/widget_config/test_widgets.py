"""Making and changing widgets through the API."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from shared.events.accounts import ProjectDeleted
from shared.events.widgets import WidgetChanged
from shared.http.access import Role
from tests.services.widget_config.opened import WIDGETS, Community, Widgets

SHOP, RIVAL = uuid4(), uuid4()


async def test_a_widget_has_a_key_a_look_and_code_for_the_site(each_widgets: Widgets) -> None:
    widgets = each_widgets

    made = await widgets.make(SHOP)

    assert (made["name"], made["channels"], made["look"]["corner"]) == ("Главная", [], "right")
    assert len(made["public_key"]) == 24
    code = (
        f'<script async src="http://127.0.0.1:8080/w/widget.js" data-otklik="{made["public_key"]}"></script>'
    )
    assert made["embed_code"] == code
    operator = widgets.as_role(SHOP, role=Role.OPERATOR)
    assert (await widgets.http.get(f"{WIDGETS}/{made['id']}", headers=operator)).json() == made
    listed = await widgets.http.get(f"{WIDGETS}?project_id={SHOP}", headers=operator)
    assert listed.json() == {"items": [made], "next_cursor": None}
    assert await widgets.said() == [WidgetChanged(project_id=SHOP, widget_id=UUID(made["id"]), version=1)]


async def test_a_change_leaves_what_it_does_not_name(each_widgets: Widgets) -> None:
    widgets = each_widgets
    made = await widgets.make(SHOP, title="Магазин", color="#112233")
    english = {"greeting": "Hello", "vk_button": "VK"}

    answer = await widgets.http.patch(
        f"{WIDGETS}/{made['id']}",
        json={"look": {"corner": "left", "texts": {"en": english}}},
        headers=widgets.as_role(SHOP),
    )

    changed = answer.json()
    texts = {"ru": made["look"]["texts"]["ru"], "en": english}
    assert changed["look"] == {"title": "Магазин", "color": "#112233", "corner": "left", "texts": texts}
    assert (changed["name"], changed["version"]) == (made["name"], 2)
    assert (await widgets.public(made)).json()["texts"]["en"] == english


async def test_a_change_of_nothing_is_no_change(widgets: Widgets) -> None:
    made = await widgets.make(SHOP)
    body = {"name": made["name"], "look": made["look"]}

    answer = await widgets.http.patch(f"{WIDGETS}/{made['id']}", json=body, headers=widgets.as_role(SHOP))

    assert answer.json() == made
    assert len(await widgets.said()) == 1


HARMFUL_LOOKS: list[dict[str, Any]] = [
    {"color": "red"},
    {"color": "#1F6FD0;background:url(https://evil.example)"},
    {"color": "#1F6FD0\n"},
    {"color": None},
    {"corner": "top"},
    {"title": "x" * 61},
    {"texts": {"ru": {"greeting": "x" * 301, "vk_button": "VK"}}},
    {"texts": {"ru": {"greeting": "x", "vk_button": " "}}},
    {"texts": {"de": {"greeting": "x", "vk_button": "VK"}}},
    {"html": "<b>"},
]


async def test_a_look_that_could_harm_a_site_is_refused(widgets: Widgets) -> None:
    made = await widgets.make(SHOP)
    headers = widgets.as_role(SHOP)

    for look in HARMFUL_LOOKS:
        body = {"project_id": str(SHOP), "name": "x", "look": look}
        new = await widgets.http.post(WIDGETS, json=body, headers=headers)
        changed = await widgets.http.patch(f"{WIDGETS}/{made['id']}", json={"look": look}, headers=headers)
        assert (new.status_code, new.json()["code"]) == (422, "invalid_request"), look
        assert (changed.status_code, changed.json()["code"]) == (422, "invalid_request"), look


async def test_operators_look_and_administrators_change(widgets: Widgets) -> None:
    made, community = await widgets.with_community(SHOP)
    headers = widgets.as_role(SHOP, role=Role.SUPERVISOR)
    path = f"{WIDGETS}/{made['id']}"

    answers = [
        await widgets.http.post(WIDGETS, json={"project_id": str(SHOP), "name": "x"}, headers=headers),
        await widgets.http.patch(path, json={"name": "x"}, headers=headers),
        await widgets.http.delete(path, headers=headers),
        await widgets.http.put(f"{path}/channels/{community.id}", headers=headers),
        await widgets.http.delete(f"{path}/channels/{community.id}", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert (await widgets.http.get(path, headers=headers)).json()["name"] == "Главная"


async def test_foreign_widgets_look_like_unknown_ones(widgets: Widgets) -> None:
    made, community = await widgets.with_community(SHOP)
    stranger = widgets.as_role(RIVAL)

    for path in (f"{WIDGETS}/{made['id']}", f"{WIDGETS}/{uuid4()}"):
        for answer in (
            await widgets.http.get(path, headers=stranger),
            await widgets.http.patch(path, json={"name": "x"}, headers=stranger),
            await widgets.http.delete(path, headers=stranger),
            await widgets.http.put(f"{path}/channels/{community.id}", headers=stranger),
            await widgets.http.delete(f"{path}/channels/{community.id}", headers=stranger),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "widget_not_found")


async def test_only_live_integrations_of_the_same_project_get_into_a_widget(widgets: Widgets) -> None:
    widget = await widgets.make(SHOP)
    foreign, gone, unheard_of = Community(RIVAL), Community(SHOP, 8), Community(SHOP, 9)
    await widgets.tell(foreign.created(), gone.created(), gone.deleted())
    undescribed = Community(SHOP, 10)
    await widgets.tell(undescribed.became("active"))

    for community in (foreign, gone, unheard_of, undescribed):
        answer = await widgets.add(widget, community)
        assert (answer.status_code, answer.json()["code"]) == (404, "integration_not_found")


async def test_an_integration_made_a_moment_ago_is_looked_up_in_the_registry(widgets: Widgets) -> None:
    widget = await widgets.make(SHOP)
    fresh, foreign = Community(SHOP), Community(RIVAL, 8)
    widgets.registry.lines = [fresh.registered("active", 2), foreign.registered("active", 2)]

    added = await widgets.add(widget, fresh)
    refused = await widgets.add(widget, foreign)

    assert (added.status_code, refused.status_code) == (200, 404)
    assert await widgets.links(widget) == ["https://vk.me/shop"]


async def test_adding_and_removing_twice_is_doing_it_once(each_widgets: Widgets) -> None:
    widgets = each_widgets
    widget, community = await widgets.with_community(SHOP)

    again = await widgets.add(widget, community)
    assert [channel["link"] for channel in again.json()["channels"]] == ["https://vk.me/shop"]
    for _ in range(2):
        assert (await widgets.remove(widget, community)).status_code == 204

    assert await widgets.links(widget) == []
    assert [event.version for event in await widgets.said() if isinstance(event, WidgetChanged)] == [1, 2, 3]


async def test_a_widget_is_a_short_list(widgets: Widgets) -> None:
    widget = await widgets.make(SHOP)
    communities = [Community(SHOP, number) for number in range(1, 22)]
    await widgets.tell(*(community.created() for community in communities))

    answers = [await widgets.add(widget, community) for community in communities]

    assert [answer.status_code for answer in answers] == [200] * 20 + [409]
    assert answers[-1].json()["code"] == "too_many_channels"


async def test_a_deleted_widget_is_gone_for_everybody(each_widgets: Widgets) -> None:
    widgets = each_widgets
    widget, _ = await widgets.with_community(SHOP)
    path = f"{WIDGETS}/{widget['id']}"

    assert (await widgets.http.delete(path, headers=widgets.as_role(SHOP))).status_code == 204

    assert (await widgets.http.get(path, headers=widgets.as_role(SHOP))).status_code == 404
    assert (await widgets.public(widget)).status_code == 404
    event = (await widgets.said())[-1]
    assert isinstance(event, WidgetChanged)
    assert event.deleted


async def test_a_deleted_project_takes_its_widgets_with_it_for_ever(each_widgets: Widgets) -> None:
    widgets = each_widgets
    widget, _ = await widgets.with_community(SHOP)
    kept = await widgets.make(RIVAL)

    await widgets.tell(ProjectDeleted(project_id=SHOP), ProjectDeleted(project_id=SHOP))

    assert (await widgets.public(widget)).status_code == 404
    assert (await widgets.public(kept)).status_code == 200
    body = {"project_id": str(SHOP), "name": "Late"}
    late = await widgets.http.post(WIDGETS, json=body, headers=widgets.as_role(SHOP))
    assert (late.status_code, late.json()["code"]) == (404, "project_not_found")


async def test_pages_neither_repeat_nor_skip(widgets: Widgets) -> None:
    made = [(await widgets.make(SHOP))["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        answer = await widgets.http.get(
            f"{WIDGETS}?project_id={SHOP}&limit=2{cursor}", headers=widgets.as_role(SHOP)
        )
        page = answer.json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == sorted(made)


async def test_everything_at_once_on_one_widget_ends_well(each_widgets: Widgets) -> None:
    widgets = each_widgets
    widget, community = await widgets.with_community(SHOP)
    path, headers = f"{WIDGETS}/{widget['id']}", widgets.as_role(SHOP)

    async def flip(version: int) -> None:
        await widgets.tell(community.became("unavailable" if version % 2 else "active", version))

    answers = await asyncio.gather(
        *(widgets.add(widget, community) for _ in range(5)),
        *(widgets.remove(widget, community) for _ in range(5)),
        *(widgets.http.patch(path, json={"look": {"title": f"{n}"}}, headers=headers) for n in range(5)),
    )
    await asyncio.gather(*(flip(version) for version in range(10, 20)), widgets.add(widget, community))

    assert {answer.status_code for answer in answers} == {200, 204}
    said = [event.version for event in await widgets.said() if isinstance(event, WidgetChanged)]
    assert said == list(range(1, len(said) + 1))
    assert await widgets.links(widget) == []
