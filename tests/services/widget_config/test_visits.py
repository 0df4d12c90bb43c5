"""The mark that a visitor takes along: signed, once, and without anything that names the visitor."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.widgets import VisitMarked
from tests.services.widget_config.opened import Widgets, open_widgets
from widget_config.visits.rules import NoAddress, is_ours, make_mark, page_address

SHOP = uuid4()
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PAGE = (
    "https://anna:secret@shop.example:8443/tea?utm_source=autumn&email=anna@mail.example&utm_term=%D1%87%D0%B0%D0%B9"
    "&token=t#part"
)


async def clicked(widgets: Widgets, widget: dict[str, Any], *, status: int = 200, **more: Any) -> Any:
    body = {"link": "https://vk.me/shop", "page_url": PAGE} | more
    headers = {"Origin": "https://shop.example:8443", "Content-Type": "text/plain;charset=UTF-8"}
    answer = await widgets.http.post(
        f"/w/{widget['public_key']}/click", content=json.dumps(body), headers=headers
    )
    assert answer.status_code == status, answer.text
    assert "set-cookie" not in answer.headers
    return answer.json()


async def test_a_click_is_told_with_its_page_and_campaign_and_nothing_else(each_widgets: Widgets) -> None:
    widgets = each_widgets
    widget, community = await widgets.with_community(SHOP)
    given_ = await widgets.http.get(f"/w/{widget['public_key']}/mark")
    mark = given_.json()["ref"]
    assert given_.headers["cache-control"] == "no-store"

    answer = await clicked(
        widgets, widget, ref=mark, page_title=" Чай ", referrer="https://search.example/?q=секрет"
    )

    assert answer == {"ref": mark}
    (event,) = [one for one in await widgets.said() if isinstance(one, VisitMarked)]
    assert event.mark == mark
    assert (event.integration_id, event.widget_id) == (community.id, UUID(widget["id"]))
    assert (event.page_url, event.page_title) == ("https://shop.example:8443/tea", "Чай")
    assert event.referrer == "https://search.example/"
    assert event.campaign == {"utm_source": "autumn", "utm_term": "чай"}
    assert event.expires_at - event.marked_at == timedelta(hours=24)
    assert not {"anna", "secret", "секрет", "127.0.0.1"} & set(event.model_dump_json().split('"'))


async def test_a_mark_of_one_s_own_making_is_replaced_by_ours(widgets: Widgets) -> None:
    widget, _ = await widgets.with_community(SHOP)
    other = await widgets.make(SHOP)
    foreign = (await widgets.http.get(f"/w/{other['public_key']}/mark")).json()["ref"]

    for forged in ("x", "A" * 43, foreign, None):
        answer = await clicked(widgets, widget, ref=forged)
        assert len(answer["ref"]) == 43
        assert answer["ref"] != forged


async def test_what_is_no_channel_of_the_widget_is_marked_by_nobody(widgets: Widgets) -> None:
    widget, community = await widgets.with_community(SHOP)
    await clicked(widgets, widget, status=404, link="https://vk.me/other")
    await clicked(widgets, {"public_key": "A" * 24}, status=404)
    await clicked(widgets, widget, status=422, page_url="https://other.example/")
    await clicked(widgets, widget, status=422, page_url="javascript:alert(1)")
    await clicked(widgets, widget, status=422, page_title="x" * 20_000)
    await clicked(widgets, widget, status=422, extra=1)
    await widgets.change(widget, "PATCH", sites=["https://else.example"])
    await clicked(widgets, widget, status=404)
    assert (await widgets.http.get("/w/AAAAAAAAAAAAAAAAAAAAAAAA/mark")).status_code == 404
    await widgets.change(widget, "PATCH", sites=[])
    await widgets.tell(community.became("deactivated", 3))
    await clicked(widgets, widget, status=404)

    assert not [one for one in await widgets.said() if isinstance(one, VisitMarked)]


@given(st.binary(min_size=16, max_size=16), st.integers(0, 200), st.data())
def test_a_mark_is_url_safe_and_any_change_of_it_is_seen(
    nonce: bytes, hours: int, data: st.DataObject
) -> None:
    mark = make_mark(b"s", "key", nonce, NOW)
    assert len(mark) == 43
    assert mark.isascii()
    assert set(mark) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    now = NOW + timedelta(hours=hours)
    assert is_ours(mark, b"s", "key", now=now, lives=DAY) == (hours <= 24)
    assert not is_ours(mark, b"other", "key", now=NOW, lives=DAY)
    assert not is_ours(mark, b"s", "other", now=NOW, lives=DAY)
    # The last character has two bits that say nothing.
    at = data.draw(st.integers(0, 41))
    changed = (
        mark[:at] + data.draw(st.sampled_from("Aa0-").filter(lambda one: one != mark[at])) + mark[at + 1 :]
    )
    assert not is_ours(changed, b"s", "key", now=NOW, lives=DAY)


@given(st.text(max_size=60))
def test_whatever_a_page_says_of_its_address_is_one_or_refused(text: str) -> None:
    for address in (text, f"https://shop.example/{text}", f"https://{text}/"):
        try:
            page = page_address(address)
        except NoAddress:
            continue
        assert page.address.startswith(f"{page.origin}")
        assert page.address.startswith(("http://", "https://"))
        assert "?" not in page.address
        assert "#" not in page.address
        assert page.address.isprintable()


@pytest.mark.parametrize("refused", ["reads", "guesses"])
async def test_who_asks_too_often_is_told_when_to_come_back(sqlite_url: str, refused: str) -> None:
    limits: dict[str, Any] = {
        "visitor_burst": 3,
        "visitor_per_second": 0.01,
        "load_burst": 5,
        "load_per_second": 0.01,
    }
    async with open_widgets(sqlite_url, trusted_proxy=True, **limits) as widgets:
        widget, _ = await widgets.with_community(SHOP)
        address = {"X-Forwarded-For": "1.1.1.1, 203.0.113.9"}
        keys = [widget["public_key"]] * 6 if refused == "reads" else [f"{n:024}" for n in range(8)]
        answers = [await widgets.http.get(f"/w/{key}.json", headers=address) for key in keys]
        elsewhere = await widgets.public(widget, **{"X-Forwarded-For": "203.0.113.9, 198.51.100.4"})

    statuses = [answer.status_code for answer in answers]
    assert statuses == ([200] * 3 + [429] * 3 if refused == "reads" else [404] * 5 + [429] * 3)
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].headers["access-control-allow-origin"] == "*"
    assert answers[-1].json()["code"] == "too_many_requests"
    assert elsewhere.status_code == 200
