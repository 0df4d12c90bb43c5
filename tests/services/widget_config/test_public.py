"""What any website, cache and curious person can see."""

import gzip
import re
from base64 import urlsafe_b64decode
from uuid import uuid4

import pytest

from tests.services.widget_config.opened import Widgets
from widget_config.widgets.actions import PUBLIC_KEY_BYTES

SHOP = uuid4()


async def test_the_public_config_says_what_visitors_see_and_nothing_more(each_widgets: Widgets) -> None:
    widgets = each_widgets
    widget, _ = await widgets.with_community(SHOP)

    answer = await widgets.public(widget)

    assert answer.json() == {
        "title": "",
        "color": "#1F6FD0",
        "corner": "right",
        "texts": widget["look"]["texts"],
        "channels": [
            {
                "kind": "vk",
                "name": "Магазин",
                "link": "https://vk.me/shop",
                "label": {"ru": "", "en": ""},
                "tooltip": {"ru": "", "en": ""},
            }
        ],
    }


async def test_any_site_and_any_cache_may_have_it_and_no_cookie_goes_along(widgets: Widgets) -> None:
    widget, _ = await widgets.with_community(SHOP)

    answer = await widgets.public(widget, Cookie="otklik_access=x", Origin="https://shop.example")

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "set-cookie" not in answer.headers
    assert "vary" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_unchanged_config_is_not_sent_again(widgets: Widgets) -> None:
    widget, community = await widgets.with_community(SHOP)
    tag = (await widgets.public(widget)).headers["etag"]

    same = await widgets.public(widget, **{"If-None-Match": f'"other", W/{tag}'})
    await widgets.tell(community.became("unavailable", 3))
    changed = await widgets.public(widget, **{"If-None-Match": tag})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert not tag.startswith("W/")
    assert (changed.status_code, changed.json()["channels"]) == (200, [])


async def test_unknown_malformed_and_deleted_keys_look_the_same(each_widgets: Widgets) -> None:
    widgets = each_widgets
    widget = await widgets.make(SHOP)
    await widgets.http.delete(f"/api/v1/widgets/{widget['id']}", headers=widgets.as_role(SHOP))

    keys = [widget["public_key"], "A" * 24, "x", "%00" * 20, "' OR 1=1", "я" * 24, "A" * 5000]
    answers = [await widgets.http.get(f"/w/{key}.json") for key in keys]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    own = {"x-correlation-id"}
    headers = [
        {name: value for name, value in answer.headers.items() if name not in own} for answer in answers
    ]
    assert all(found == headers[0] for found in headers)


async def test_keys_are_random_and_long(widgets: Widgets) -> None:
    keys = [(await widgets.make(SHOP))["public_key"] for _ in range(20)]

    assert len(set(keys)) == 20
    assert {len(key) for key in keys} == {24}
    assert len({key[:3] for key in keys}) > 15


@pytest.mark.parametrize("path", ["/w/widget.js", "config"])
async def test_heads_are_answered(widgets: Widgets, path: str) -> None:
    widget = await widgets.make(SHOP)
    path = f"/w/{widget['public_key']}.json" if path == "config" else path

    head, body = await widgets.http.head(path), await widgets.http.get(path)

    assert (head.status_code, head.headers["etag"]) == (200, body.headers["etag"])


async def test_the_script_is_small_cacheable_and_usable_from_anywhere(widgets: Widgets) -> None:
    answer = await widgets.http.get("/w/widget.js")
    again = await widgets.http.get("/w/widget.js", headers={"If-None-Match": answer.headers["etag"]})

    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.content) <= 15 * 1024
    assert again.status_code == 304


async def test_the_script_weighs_little_on_the_wire(widgets: Widgets) -> None:
    script = (await widgets.http.get("/w/widget.js")).content

    assert len(gzip.compress(script, 9)) <= 15 * 1024
    assert re.findall(rb"eval\(|innerHTML|document\.write|new Function", script) == []
    # Addresses it names: the names of SVG, and the one that links must begin with.
    hosts = set(re.findall(rb"https?:(?:\\/\\/|//)[a-z0-9.\\]+", script))
    assert hosts == {b"http://www.w3.org", b"https:\\/\\/vk\\.me\\"}


async def test_a_question_before_a_call_is_answered_for_everybody(widgets: Widgets) -> None:
    answer = await widgets.http.options(f"/w/{'A' * 24}/click", headers={"Origin": "https://shop.example"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    refused = await widgets.http.delete(f"/w/{'A' * 24}.json")
    assert refused.status_code == 405


async def test_keys_are_evenly_random(widgets: Widgets) -> None:
    """E7: of 144 bits each is as often set as not; a key tells nothing of another one."""
    keys = [widgets.service.world.token(PUBLIC_KEY_BYTES) for _ in range(2_000)]
    numbers = [int.from_bytes(urlsafe_b64decode(key), "big") for key in keys]

    assert len(set(keys)) == len(keys)
    for bit in range(PUBLIC_KEY_BYTES * 8):
        ones = sum(number >> bit & 1 for number in numbers)
        assert 800 < ones < 1_200
