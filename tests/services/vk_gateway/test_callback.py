"""The callback endpoint, to the letter: who is believed, what is stored, what is answered."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from shared.events.channel import MessageReceived
from tests.services.vk_gateway.conftest import Gateway, Linked, deleted
from tests.support.waiting import wait_until
from vk_gateway.communities.addresses import find_address
from vk_gateway.incoming.envelope import DeeplyNested, Unreadable, read_update
from vk_gateway.tables import RawUpdate


class Caller:
    """Posts to a linked community's callback address as VK would."""

    def __init__(self, gateway: Gateway, linked: Linked, path: str, secret: str) -> None:
        self.gateway, self.linked, self.path, self.secret = gateway, linked, path, secret

    def update(self, **fields: Any) -> dict[str, Any]:
        message = {
            "peer_id": 5,
            "from_id": 5,
            "conversation_message_id": 1,
            "text": "да",
            "date": 1_795_000_000,
        }
        update = {
            "type": "message_new",
            "event_id": "a" * 40,
            "v": "5.199",
            "group_id": self.linked.community_id,
            "secret": self.secret,
            "object": {"message": message, "client_info": {}},
        }
        return update | fields

    async def post(self, body: bytes | dict[str, Any], **options: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json"} | options.pop("headers", {})
        url = f"{self.gateway.url}/vk/callback/{options.pop('path', self.path)}"
        return await self.gateway.vk.http.post(url, content=content, headers=headers)

    async def connection(self, content_length: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection that has sent a head and the first byte of the body."""
        host, port = self.gateway.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /vk/callback/{self.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {content_length}\r\n\r\n{{".encode())
        await writer.drain()
        return reader, writer

    async def stored(self) -> int:
        async with self.gateway.service.database.read() as session:
            count = select(func.count()).select_from(RawUpdate)
            return (await session.execute(count)).scalar_one()


async def caller_of(gateway: Gateway) -> Caller:
    """Connect a community and learn what only VK knows of it."""
    linked = await gateway.connect()
    vault = gateway.service.api.state.vault
    async with gateway.service.database.read() as session:
        address = await find_address(session, vault, linked.integration_id, linked.epoch)
    assert address is not None
    return Caller(gateway, linked, address.path, address.secret)


@pytest.fixture
async def caller(gateway: Gateway) -> Caller:
    return await caller_of(gateway)


async def test_path_and_secret_are_long_enough(caller: Caller) -> None:
    assert len(caller.secret) >= 40
    assert len(caller.path) * 6 >= 160


async def test_a_good_update_is_answered_ok_and_nothing_more(caller: Caller) -> None:
    answer = await caller.post(caller.update(), headers={"x-retry-counter": "2"})

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert answer.headers["content-type"].startswith("text/plain")
    assert await caller.stored() == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"secret": "wrong"}, 403),
        ({"secret": None}, 403),
        ({"group_id": 1}, 403),
        ({"type": "confirmation"}, 403),
        ({"group_id": "x"}, 400),
        ({"type": 7}, 400),
    ],
)
async def test_what_is_not_vks_gets_an_empty_refusal(
    caller: Caller, change: dict[str, Any], status: int
) -> None:
    """A17, A20: the path decides whose it is, and nobody else's word is stored."""
    answer = await caller.post(caller.update(**change))

    assert (answer.status_code, answer.content) == (status, b"")
    assert await caller.stored() == 0


async def test_an_unknown_path_is_not_even_read(caller: Caller) -> None:
    for path in ("", "x", "x" * 5000, caller.path + "x", caller.path[:-1]):
        answer = await caller.post(caller.update(), path=path)
        assert (answer.status_code, answer.content) == (404, b"")


async def test_other_methods_and_types_are_refused(caller: Caller) -> None:
    answer = await caller.gateway.vk.http.get(f"{caller.gateway.url}/vk/callback/{caller.path}")
    assert answer.status_code == 405
    assert (await caller.post(caller.update(), headers={"content-type": "text/plain"})).status_code == 415


async def test_the_confirmation_string_is_given_only_while_it_is_expected(caller: Caller) -> None:
    answer = await caller.post({"type": "confirmation", "group_id": caller.linked.community_id})

    assert (answer.status_code, answer.content) == (403, b"")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"type":"message_new"}',
        b'{"type":"message_new","group_id":' + b"9" * 5000 + b"}",
    ],
)
async def test_what_cannot_be_read_is_a_bad_request(caller: Caller, body: bytes) -> None:
    """A27: without a readable secret nobody vouches for the body."""
    assert (await caller.post(body)).status_code == 400


@pytest.mark.parametrize("text", ["\\u0000", "\\ud83d", "NaN", "a\\u0000b\\udfffc", "Я 🙂 \\u202e"])
async def test_odd_texts_are_kept_and_shown(caller: Caller, text: str) -> None:
    """A27, A28: NUL and lone surrogates reach the operator as a replacement character."""
    body = json.dumps(caller.update()).replace('"text": "\\u0434\\u0430"', f'"text": "{text}"').encode()
    assert f'"text": "{text}"'.encode() in body

    assert (await caller.post(body)).content == b"ok"

    (event,) = await caller.gateway.says(MessageReceived)
    assert "\x00" not in event.text
    event.text.encode()


async def test_a_nan_or_broken_utf8_beside_the_text_changes_nothing(caller: Caller) -> None:
    body = json.dumps(caller.update()).encode()
    body = body.replace(b'"date": 1795000000', b'"date": NaN, "other": "\xff\xfe", "big": ' + b"1" * 4000)

    assert (await caller.post(body)).content == b"ok"

    (event,) = await caller.gateway.says(MessageReceived)
    assert event.text == "да"


async def test_nesting_as_deep_as_vk_allows_is_accepted_and_more_is_refused(caller: Caller) -> None:
    """A26: 45 nested forwards need about a hundred levels; a hundred thousand are an attack."""
    for depth, status in ((300, 200), (100_000, 422)):
        nested = b'{"a":' * depth + b"1" + b"}" * depth
        body = json.dumps(caller.update(event_id=f"deep-{depth}")).encode()[:-1] + b',"deep":' + nested + b"}"
        assert (await caller.post(body)).status_code == status


async def test_unknown_kinds_and_fields_are_stored_and_answered_ok(caller: Caller) -> None:
    """A24."""
    answer = await caller.post(caller.update(type="something_of_2031", novelty={"x": [1, 2]}))

    assert answer.content == b"ok"
    assert await caller.stored() == 1


async def test_hundreds_of_repeats_at_once_store_one_row(caller: Caller) -> None:
    """A1, A2: parallel repeats of one event, each answered ok."""
    body = json.dumps(caller.update()).encode()

    answers = await asyncio.gather(*(caller.post(body) for _ in range(100)))

    assert {answer.content for answer in answers} == {b"ok"}
    assert await caller.stored() == 1
    assert len(await caller.gateway.says(MessageReceived)) == 1


async def test_after_the_end_of_the_epoch_the_path_is_unknown(caller: Caller) -> None:
    await caller.gateway.hear(deleted(caller.linked))

    async def unknown() -> bool:
        return (await caller.post(caller.update(event_id="late"))).status_code == 404

    await wait_until(unknown, describe="the path is unknown")
    assert await caller.gateway.said(MessageReceived) == []


async def test_a_body_over_the_cap_is_refused_by_its_length(caller: Caller) -> None:
    """A25."""
    reader, writer = await caller.connection(content_length=33 * 1024 * 1024)

    assert b"413" in await asyncio.wait_for(reader.readline(), 10)
    writer.close()


async def test_a_dripping_body_is_cut_after_its_time(caller: Caller) -> None:
    """A25: with the time cut to a moment; the worker goes on serving meanwhile."""
    caller.gateway.service.api.state.settings.callback_body_seconds_max = 0.2
    reader, writer = await caller.connection(content_length=1000)

    assert (await caller.post(caller.update())).content == b"ok"
    status = await asyncio.wait_for(reader.readline(), 10)

    assert b"408" in status
    writer.close()


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_body_makes_the_reader_raise_anything_else(body: bytes) -> None:
    try:
        update = read_update(body)
    except (Unreadable, DeeplyNested):
        return
    assert re.fullmatch(r"[\x21-\x7e]{1,64}", update.event_id)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["type", "group_id", "event_id", "secret", "object"]),
        st.none() | st.integers() | st.text(max_size=100) | st.floats() | st.lists(st.integers(), max_size=3),
    )
)
def test_any_object_is_read_or_refused(document: dict[str, Any]) -> None:
    try:
        update = read_update(json.dumps(document).encode())
    except Unreadable:
        return
    assert isinstance(update.group_id, int)
    assert 1 <= len(update.event_id) <= 64
