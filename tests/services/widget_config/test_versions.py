"""Drafts, publishing and undoing, and the order, names and sites that are published."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from shared.http.access import Role
from tests.services.widget_config.opened import Community, Widgets
from widget_config.widgets.rules import is_allowed, site_of

SHOP, RIVAL = uuid4(), uuid4()
SITES = ["https://shop.example", "https://*.shop.example"]


async def test_visitors_see_a_draft_when_it_is_published_and_not_before(each_widgets: Widgets) -> None:
    widgets = each_widgets
    widget, community = await widgets.with_community(SHOP)
    other = Community(SHOP, 8, "other", "Второй")
    await widgets.tell(other.created(), other.became("active"))
    first, second = str(community.id), str(other.id)
    before = (await widgets.public(widget)).content
    label = {"ru": "Спросить о чае", "en": "Ask about tea"}
    channels = [{"integration_id": second, "label": label, "tooltip": {"ru": "Ответим за час"}}]
    channels.append({"integration_id": first})

    await widgets.change(widget, "PATCH", "/draft", channels=channels)
    drafted = await widgets.change(widget, "PATCH", "/draft", look={"title": "Чай"}, show_unavailable=True)

    assert (await widgets.public(widget)).content == before
    assert drafted["look"]["title"] == ""
    assert (drafted["draft"]["look"]["title"], drafted["draft"]["show_unavailable"]) == ("Чай", True)
    assert [one["integration_id"] for one in drafted["draft"]["channels"]] == [second, first]
    published = await widgets.change(widget, "POST", "/publish")
    assert (published["draft"], published["published_number"]) == (None, 3)
    public = (await widgets.public(widget)).json()
    assert (public["title"], [one["name"] for one in public["channels"]]) == ("Чай", ["Второй", "Магазин"])
    tooltip = {"ru": "Ответим за час", "en": ""}
    assert (public["channels"][0]["label"], public["channels"][0]["tooltip"]) == (label, tooltip)
    refused = await widgets.change(widget, "POST", "/publish", 409)
    assert refused["code"] == "nothing_to_publish"


async def test_a_change_made_at_once_does_not_undo_the_draft_nor_the_draft_it(widgets: Widgets) -> None:
    widget = await widgets.make(SHOP)

    await widgets.change(widget, "PATCH", "/draft", look={"color": "#112233"})
    await widgets.change(widget, "PATCH", look={"title": "Сразу"})
    published = await widgets.change(widget, "POST", "/publish")

    assert (published["look"]["title"], published["look"]["color"]) == ("Сразу", "#112233")


async def test_a_draft_can_be_dropped_and_one_that_changes_nothing_is_none(widgets: Widgets) -> None:
    widget = await widgets.make(SHOP)

    drafted = await widgets.change(widget, "PATCH", "/draft", look={"title": "Чай"})
    assert drafted["draft"] is not None
    same = await widgets.change(widget, "PATCH", "/draft", look={"title": ""})
    assert same["draft"] is None
    await widgets.change(widget, "PATCH", "/draft", look={"title": "Чай"})
    for _ in range(2):
        await widgets.change(widget, "DELETE", "/draft", 204)
    assert (await widgets.change(widget, "GET"))["draft"] is None


async def test_who_published_what_is_kept_and_undone(each_widgets: Widgets) -> None:
    widgets = each_widgets
    widget, _ = await widgets.with_community(SHOP)
    anna = uuid4()
    token = widgets.keys.token(anna, name="Анна", roles={SHOP: Role.ADMIN})
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/widgets/{widget['id']}"
    await widgets.http.patch(path, json={"look": {"title": "Плохо"}}, headers=headers)

    restored = await widgets.http.post(f"{path}/versions/2/restore", headers=headers)

    assert restored.json()["look"]["title"] == ""
    assert await widgets.links(widget) == ["https://vk.me/shop"]
    listed = (await widgets.http.get(f"{path}/versions?limit=2", headers=headers)).json()
    told = [(one["number"], one["by"], one["restored_from"]) for one in listed["items"]]
    by = {"id": str(anna), "name": "Анна"}
    assert told == [(4, by, 2), (3, by, None)]
    assert listed["items"][1]["setup"]["look"]["title"] == "Плохо"
    cursor = listed["next_cursor"]
    rest = (await widgets.http.get(f"{path}/versions?cursor={cursor}", headers=headers)).json()
    assert [one["number"] for one in rest["items"]] == [2, 1]
    missing = await widgets.http.post(f"{path}/versions/9/restore", headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "version_not_found")


async def test_neither_undoing_nor_a_draft_brings_back_a_channel_whose_life_has_ended(
    each_widgets: Widgets,
) -> None:
    widgets = each_widgets
    widget, community = await widgets.with_community(SHOP)
    entry = [{"integration_id": str(community.id), "label": {"ru": "Чат"}}]
    await widgets.change(widget, "PATCH", "/draft", channels=entry)

    await widgets.tell(community.deleted(3))
    await widgets.tell(community.created(4, epoch=2), community.became("active", 5, epoch=2))
    await widgets.change(widget, "POST", "/versions/2/restore")
    assert await widgets.links(widget) == []
    await widgets.change(widget, "POST", "/publish")

    assert await widgets.links(widget) == []
    await widgets.add(widget, community)
    assert await widgets.links(widget) == ["https://vk.me/shop"]


async def test_channels_of_others_and_unknown_ones_get_neither_in_nor_into_a_draft(widgets: Widgets) -> None:
    widget, community = await widgets.with_community(SHOP)
    foreign = Community(RIVAL, 9)
    await widgets.tell(foreign.created(), foreign.became("active"))

    for path in ("", "/draft"):
        for strange in (foreign.id, uuid4()):
            channels = [{"integration_id": str(one)} for one in (community.id, strange)]
            refused = await widgets.change(widget, "PATCH", path, 404, channels=channels)
            assert refused["code"] == "integration_not_found"
        twice = [{"integration_id": str(community.id)}] * 2
        await widgets.change(widget, "PATCH", path, 422, channels=twice)
    assert await widgets.links(widget) == ["https://vk.me/shop"]


async def test_an_unavailable_channel_is_shown_where_the_widget_says_so(widgets: Widgets) -> None:
    widget, community = await widgets.with_community(SHOP)
    patient = await widgets.make(SHOP)
    await widgets.add(patient, community)
    await widgets.change(patient, "PATCH", show_unavailable=True)

    seen = {}
    for version, state in enumerate(["unavailable", "deactivated", "active"], start=3):
        await widgets.tell(community.became(state, version))
        seen[state] = [len(await widgets.links(one)) for one in (widget, patient)]

    assert seen == {"unavailable": [0, 1], "deactivated": [0, 0], "active": [1, 1]}


async def test_a_widget_for_some_sites_looks_to_others_as_if_there_were_none(widgets: Widgets) -> None:
    widget, _ = await widgets.with_community(SHOP)
    await widgets.change(widget, "PATCH", sites=["https://Shop.example/", "https://*.чай.рф:8443"])
    shown = (await widgets.change(widget, "GET"))["sites"]
    assert shown == ["https://shop.example", "https://*.xn--80as4b.xn--p1ai:8443"]
    missing = await widgets.http.get(f"/w/{'A' * 24}.json")

    for again in range(2):
        for origin in ("https://shop.example", "https://a.b.xn--80as4b.xn--p1ai:8443"):
            own = await widgets.public(widget, Origin=origin)
            assert own.headers["access-control-allow-origin"] == origin, again
            assert (own.headers["vary"], own.headers["cache-control"]) == ("Origin", "private, max-age=60")
            tag = {"If-None-Match": own.headers["etag"]}
            same = await widgets.public(widget, Origin=origin, **tag)
            assert (same.status_code, same.headers["access-control-allow-origin"]) == (304, origin)
        for origin in (
            "https://evil.example",
            "http://shop.example",
            "https://xn--80as4b.xn--p1ai:8443",
            "null",
        ):
            foreign = await widgets.public(widget, Origin=origin)
            assert (foreign.status_code, foreign.content) == (404, missing.content), origin
            assert foreign.headers["cache-control"] == "no-store"
    for bad in ("shop.example", "https://", "https://a/b", "javascript://x", "https://*", "https://a.*.b"):
        await widgets.change(widget, "PATCH", status=422, sites=[bad])


@given(st.text(max_size=12), st.sampled_from(["https://", "http://", "", "https://*.", "ftp://"]))
def test_a_site_is_what_a_browser_calls_an_origin_or_nothing(text: str, start: str) -> None:
    try:
        site = site_of(start + text)
    except ValueError:
        return
    host = site.partition("://")[2]
    assert site == site.lower()
    assert site.isascii()
    assert not set(host) & set("/?#@\\ '\"<>")
    assert site_of(site) == site
    assert is_allowed(site.replace("*", "x"), [site])
    assert not is_allowed(f"{site.replace('*', 'x')}.evil.example", [site])
