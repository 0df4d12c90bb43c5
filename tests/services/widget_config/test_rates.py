"""The rates of the public door: whom they count as one caller, and what they remember of them."""

from typing import Any

import pytest

from tests.services.widget_config.opened import open_widgets
from tests.services.widget_config.test_visits import SHOP, clicked

SLOWLY: dict[str, Any] = {"visitor_per_second": 0.01, "click_per_second": 0.01}


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8:0:0:1:2:3:4", "2001:db8::5", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.10", False),
        ("203.0.113.9", "203.0.113.10", False),
    ],
)
async def test_one_caller_has_half_of_a_long_address(
    sqlite_url: str, first: str, second: str, is_one: bool
) -> None:
    async with open_widgets(sqlite_url, trusted_proxy=True, visitor_burst=1, **SLOWLY) as widgets:
        widget = await widgets.make(SHOP)
        assert (await widgets.public(widget, **{"X-Forwarded-For": first})).status_code == 200
        again = await widgets.public(widget, **{"X-Forwarded-For": second})

    assert again.status_code == (429 if is_one else 200)


async def test_long_keys_are_not_remembered_whole(sqlite_url: str) -> None:
    async with open_widgets(sqlite_url, visitor_burst=2, **SLOWLY) as widgets:
        statuses = [
            (await widgets.http.get(f"/w/{'A' * 100}{number}{ending}")).status_code
            for ending in (".json", "/mark")
            for number in range(3)
        ]

    assert statuses == [404, 404, 429] * 2


async def test_clicks_have_a_rate_of_their_own(sqlite_url: str) -> None:
    async with open_widgets(sqlite_url, click_burst=2, **SLOWLY) as widgets:
        widget, _ = await widgets.with_community(SHOP)
        await clicked(widgets, widget)
        await clicked(widgets, widget)
        refused = await clicked(widgets, widget, status=429)
        mark = await widgets.http.get(f"/w/{widget['public_key']}/mark")

    assert refused["code"] == "too_many_requests"
    assert mark.status_code == 200
