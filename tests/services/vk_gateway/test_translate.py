"""The translation itself: nothing makes it raise, no text is lost, no event is too large."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.channel import MessageReceived, Source
from shared.events.content import Included
from shared.events.envelope import PAYLOAD_BYTES_MAX
from shared.runtime.world import World
from vk_gateway.incoming.attachments import read_attachment
from vk_gateway.incoming.contents import complete_content
from vk_gateway.incoming.texts import shown_text, styled_text
from vk_gateway.incoming.translate import (
    Answered,
    Kept,
    Pressed,
    Translation,
    Written,
    translate,
    translate_message,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WORLD = World()
KINDS = [
    *("message_new", "message_reply", "message_edit", "history_message", "whole_message", "message_read"),
    *("message_reaction_event", "message_event", "message_allow", "message_deny", "user_block"),
    *("user_unblock", "message_typing_state", "group_join", "group_change_settings", "of_2031"),
]
TYPES = [
    *("photo", "doc", "audio_message", "sticker", "video", "audio", "graffiti", "gift", "link", "wall"),
    *("wall_reply", "market", "market_album", "poll", "story", "call", "article", "podcast", "album"),
    *("mini_app", "textlive", "narrative", "video_playlist", "clip", "hologram"),
]
NAMES = [
    *("message", "peer_id", "from_id", "text", "date", "update_time", "version", "attachments", "out"),
    *("fwd_messages", "reply_message", "geo", "coordinates", "latitude", "longitude", "payload", "ref"),
    *("format_data", "items", "offset", "length", "type", "id", "owner_id", "sizes", "url", "width"),
    *("conversation_message_id", "is_cropped", "kind", "source", "cmid", "user_id", "event_id", "title"),
    *("random_id", "admin_author_id", "images", "preview", "photo", "price", "answers", "waveform"),
    *TYPES,
]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from([*TYPES, *KINDS, "https://a.example/b", "1" * 5000, "\ud83d", "\x00"])
)
anything = st.recursive(
    scalars,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inside, max_size=8),
    max_leaves=20,
)
attachments = st.sampled_from(TYPES).flatmap(
    lambda kind: anything.map(lambda body: {"type": kind, kind: body})
)
texts = st.text(max_size=200) | st.sampled_from(["\x01" * 20_000, "Я" * 9000, "🙂" * 5000, "[id1|А] &lt;"])


def message_with(**fields: Any) -> dict[str, Any]:
    whole = {"peer_id": 5, "from_id": 5, "conversation_message_id": 7, "date": 1_795_000_000, "text": "да"}
    return whole | fields


def read(message: dict[str, Any]) -> Translation:
    body = json.dumps({"object": {"message": message}}).encode()
    return translate("message_new", body, NOW)


def event_of(written: Written) -> MessageReceived:
    ids = {stand_in: WORLD.new_id() for stand_in in written.body.media}
    names = {str(author): "Имя" * 60 for author in written.body.authors}
    return MessageReceived(
        project_id=WORLD.new_id(),
        integration_id=WORLD.new_id(),
        epoch=1,
        external_id=str(written.peer_id),
        conversation_message_id=written.conversation_message_id,
        text=written.body.text,
        sent_at=written.sent_at,
        content=complete_content(written.body.content, ids, names),
    )


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(KINDS), anything)
def test_no_update_makes_the_translation_raise(kind: str, content: Any) -> None:
    """A24, A27."""
    body = json.dumps({"object": content}).encode()

    assert isinstance(translate(kind, body, NOW), Translation)


@settings(max_examples=50, deadline=None)
@given(
    texts,
    st.lists(attachments, max_size=6),
    st.fixed_dictionaries(
        {},
        optional={
            "fwd_messages": anything,
            "reply_message": anything,
            "geo": anything,
            "format_data": st.fixed_dictionaries({"items": anything}),
        },
    ),
)
def test_whatever_comes_with_it_a_text_is_told(text: str, items: list[Any], more: dict[str, Any]) -> None:
    """A28, A29: as it was written, but for what no database holds; and the event can be published."""
    written = read(message_with(text=text, attachments=items, **more))

    assert isinstance(written, Written)
    assert written.body.text == shown_text(text)
    assert len(written.body.content.attachments) == len(items)
    event = event_of(written)
    assert len(event.model_dump_json().encode()) < PAYLOAD_BYTES_MAX
    assert MessageReceived.model_validate_json(event.model_dump_json()) == event
    length = len(written.body.text.encode("utf-16-le")) // 2
    assert all(style.offset + style.length <= length for style in written.body.content.styles)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 60),
    st.integers(0, 700),
    st.sampled_from(["ш", "\x01" * 1500, "Я" * 3000]),
    st.sampled_from(["а", "\x01" * 25_000]),
    st.integers(0, 300),
)
def test_an_event_of_any_message_can_be_published(
    depth: int, width: int, text: str, own_text: str, pictures: int
) -> None:
    """The largest of everything at once: what has no room is counted, and nothing else is lost."""
    deep: dict[str, Any] = {"from_id": 5, "text": text}
    for _ in range(depth):
        deep = {"from_id": 6, "text": text, "reply_message": deep}
    wide = [{"from_id": 7, "text": text} for _ in range(width)]
    photos = [
        {"type": "photo", "photo": {"id": n, "owner_id": 5, "text": text, "sizes": [{"url": "https://a/b"}]}}
        for n in range(1, pictures + 1)
    ]
    written = read(message_with(text=own_text, fwd_messages=[deep, *wide], attachments=photos))

    assert isinstance(written, Written)
    content = written.body.content
    inside = [part for forward in content.forwarded for part in _all(forward)]
    left_out = content.left_out + sum(part.left_out for part in inside)
    assert len(inside) + left_out + len(content.attachments) == depth + 1 + width + pictures
    assert len(inside) <= 500
    assert written.body.text == own_text[:20_000]
    assert content.is_cut == (len(own_text) > 20_000)
    assert len(event_of(written).model_dump_json().encode()) < PAYLOAD_BYTES_MAX - 2000


def _all(included: Included) -> Iterator[Included]:
    yield included
    for inside in (*included.forwarded, *([included.quoted] if included.quoted else [])):
        yield from _all(inside)


def test_all_that_vk_allows_fits_when_it_is_of_a_usual_size() -> None:
    """45 levels and 500 messages: nothing is left out."""
    deep: dict[str, Any] = {"from_id": 5, "text": "дно"}
    for _ in range(44):
        deep = {"from_id": 6, "text": "глубже", "fwd_messages": [deep]}
    written = read(message_with(fwd_messages=[deep, *({"from_id": 7, "text": "ещё"} for _ in range(200))]))

    assert isinstance(written, Written)
    inside = [part for forward in written.body.content.forwarded for part in _all(forward)]
    assert len(inside) == 245
    assert written.body.content.left_out == 0


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ('a<b & "c"', 'a<b & "c"'),
        ("a&lt;b &amp; &quot;c&quot;", 'a<b & "c"'),
        ("&amp;lt;", "&lt;"),
        ("&lt; и <", "&lt; и <"),
        ("R&D; да", "R&D; да"),
        ("[id73125540|Марина], [club1|@paper_crane]!", "Марина, @paper_crane!"),
        ("&lt;[id1|А &amp; Б]&gt;", "<А & Б>"),
        ("[id1|] [id|x] [wall1|y]", "[id1|] [id|x] [wall1|y]"),
    ],
)
def test_texts_are_shown_as_people_wrote_them(raw: str, shown: str) -> None:
    """Mentions by their names; entities undone once, and only where VK made them."""
    assert shown_text(raw) == shown


def test_styles_keep_their_place_where_mentions_and_entities_became_shorter() -> None:
    raw = "🙂 [id1|Оля] &amp; жирное"
    at = len(raw[: raw.index("жирное")].encode("utf-16-le")) // 2
    bold = {"type": "bold", "offset": at, "length": 6}
    link = {"type": "url", "offset": 3, "length": 9, "url": "https://paper-crane.example"}
    evil = {"type": "url", "offset": 0, "length": 1, "url": "javascript:alert(1)"}

    text, (first, second) = styled_text({"text": raw, "format_data": {"items": [bold, link, evil]}})

    assert text == "🙂 Оля & жирное"
    units = text.encode("utf-16-le")
    assert units[first.offset * 2 :][: first.length * 2].decode("utf-16-le") == "жирное"
    assert units[second.offset * 2 :][: second.length * 2].decode("utf-16-le") == "Оля"


@pytest.mark.parametrize(
    ("item", "kind", "url"),
    [
        (
            {"type": "article", "article": {"title": "О", "url": "https://vk.ru/@a"}},
            "article",
            "https://vk.ru/@a",
        ),
        ({"type": "podcast", "podcast": {"id": 3, "owner_id": -1}}, "audio", "https://vk.ru/podcast-1_3"),
        ({"type": "album", "album": {"id": 3, "owner_id": -1}}, "link", "https://vk.ru/album-1_3"),
        ({"type": "mini_app", "mini_app": {"app": {"id": 9, "title": "Игра"}}}, "link", "https://vk.ru/app9"),
        ({"type": "photo", "photo": {}}, "unsupported", None),
        ({"type": "link", "link": {"url": "javascript:alert(1)", "title": "x"}}, "link", None),
        ({"type": "doc", "doc": {"preview": {"audio_msg": {"link_ogg": "https://a/v.ogg"}}}}, "voice", None),
        ({"hologram": 1}, "unsupported", None),
    ],
)
def test_rarer_kinds_of_attachments(item: dict[str, Any], kind: str, url: str | None) -> None:
    """A29: an address that is not of the web is no address."""
    attachment, _ = read_attachment(item)

    assert (attachment.kind, attachment.url) == (kind, url)


def test_messages_of_vks_history_go_the_same_way() -> None:
    ours = {"out": 1, "from_id": -9, "random_id": 77, "admin_author_id": 3}
    message = message_with(update_time=1_795_000_100, version=12, **ours)

    answered = translate_message(message, NOW, by_community=True, source=Source.BACKFILL)
    body = json.dumps({"object": {"message": message, "source": "history"}}).encode()
    stored = translate("history_message", body, NOW)

    assert isinstance(answered, Answered)
    assert (answered.random_id, answered.admin_id, answered.source) == (77, 3, Source.BACKFILL)
    assert answered.edited_at == datetime.fromtimestamp(1_795_000_100, UTC) + timedelta(microseconds=12)
    assert isinstance(stored, Answered)
    assert stored.source is Source.HISTORY


@pytest.mark.parametrize(
    ("kind", "content", "outcome"),
    [
        ("message_new", message_with(peer_id=2_000_000_001), "chat"),
        ("message_new", message_with(from_id=-9), "own_message"),
        ("message_new", message_with(conversation_message_id=0), "unparsable"),
        ("message_read", {"from_id": -9, "peer_id": 5, "conversation_message_id": 1}, "read_by_others"),
        ("message_reaction_event", {"reacted_id": -9, "peer_id": 5, "cmid": 1}, "reaction_of_others"),
        ("group_officers_edit", {}, "officers_changed"),
        ("group_change_settings", {}, "settings_changed"),
        ("group_change_settings", {"changes": {"title": {"old_value": 1}}}, "settings_changed"),
        ("group_leave", {}, "left"),
        ("message_teleported", {}, "unknown"),
    ],
)
def test_what_is_not_told_says_why(kind: str, content: dict[str, Any], outcome: str) -> None:
    """A24: each kind has an outcome of its own, and none of them is taken up again."""
    assert translate(kind, json.dumps({"object": content}).encode(), NOW) == Kept(outcome)


@pytest.mark.parametrize("payload", [{"act": "rate"}, '{"act": "rate"}'])
def test_the_payload_of_a_button_is_text_in_either_shape(payload: Any) -> None:
    content = {"user_id": 5, "peer_id": 5, "event_id": "af3c", "payload": payload}

    pressed = translate("message_event", json.dumps({"object": content}).encode(), NOW)

    assert isinstance(pressed, Pressed)
    assert json.loads(pressed.payload) == {"act": "rate"}
