"""The checker of lives finds every damage: each is done to a life that went well, and must be seen."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos.checker_of_lives import Document, check_life

GONE_AT = 1_700_000_000.0


def _vk(number: int, text: str, out: int = 0, admin: int | None = None, date: int = 0) -> Document:
    return {
        "conversation_message_id": number,
        "text": text,
        "out": out,
        "admin_author_id": admin,
        "date": int(GONE_AT) - 60 + date,
    }


def _shown(number: int | None, text: str, author: str, source: str = "history", **more: Any) -> Document:
    return {
        "id": f"m-{text}",
        "client_id": None,
        "text": text,
        "author": {"kind": author},
        "state": "received" if author == "customer" else "sent",
        "reason": None,
        "conversation_message_id": number,
        "place": [number or 4, 0 if number else 9],
        "source": source,
        **more,
    }


def _dialog(*messages: Document, **more: Any) -> Document:
    dialog = {
        "id": "d1",
        "contact": {"external_id": "11"},
        "unread_count": 0,
        "unanswered_since": None,
        "state": "closed",
        "can_reply": {"allowed": True, "reason": None},
    }
    return {"dialog": dialog | more, "messages": list(messages)}


@pytest.fixture
def living() -> Document:
    """Connected, imported, deleted with a reply on its way, connected again with all that was missed."""
    cut_off = {"client_id": "b", "state": "failed", "reason": "integration_deleted"}
    messages = [
        _shown(1, "давно", "customer"),
        _shown(2, "и мы давно", "staff"),
        _shown(3, "живой вопрос", "customer", "live"),
        _shown(4, "живой ответ", "operator", "live", client_id="a"),
        _shown(None, "не успел", "operator", "live", **cut_off),
        _shown(5, "никого нет?", "customer"),
    ]
    reply = {"dialog_id": "d1", "client_id": "a", "text": "живой ответ", "message_id": "m-живой ответ"}
    late = {"dialog_id": "d1", "client_id": "b", "text": "не успел", "message_id": None}
    return {
        "name": "a life",
        "is_living": True,
        "epoch": 2,
        "ledgers": {
            "11": [
                _vk(1, "давно"),
                _vk(2, "и мы давно", 1, 7),
                _vk(3, "живой вопрос"),
                _vk(4, "живой ответ", 1),
                _vk(5, "никого нет?"),
            ]
        },
        "written": [{"user": 11, "number": 5, "text": "никого нет?"}],
        "dialogs": [_dialog(*messages, unread_count=1, state="open")],
        "past": {"11": 2},
        "silent": [{"user": 11, "number": 5, "text": "никого нет?"}],
        "seen": ["m-давно"],
        "gone_at": GONE_AT,
        "replies": [reply, late],
        "listed": [{}],
        "integration": {"state": "active", "epoch": 2, "history_import": {"state": "done"}},
        "servers": [{"status": "ok"}],
        "connections": ["used", "ready"],
        "calls": [70, 90],
    }


@pytest.fixture
def deleted(living: Document) -> Document:
    """The same, ended for good."""
    living["dialogs"][0]["messages"].pop()
    living["dialogs"][0]["dialog"]["can_reply"] = {"allowed": False, "reason": "integration_deleted"}
    return living | {
        "is_living": False,
        "listed": [],
        "integration": {"state": "deleted", "epoch": 1, "history_import": None},
        "servers": [],
        "connections": ["used"],
        "calls": [70, 70],
    }


def _messages(life: Document) -> list[Document]:
    messages: list[Document] = life["dialogs"][0]["messages"]
    return messages


def _about(life: Document) -> Document:
    dialog: Document = life["dialogs"][0]["dialog"]
    return dialog


Damage = Callable[[Document], Any]

BOTH: dict[str, Damage] = {
    "a message that was seen is gone": lambda one: _messages(one).pop(0),
    "a message twice": lambda one: _messages(one).insert(1, _messages(one)[0] | {"id": "other"}),
    "messages in another order": lambda one: _messages(one).insert(0, _messages(one).pop(2)),
    "another text": lambda one: _messages(one)[0].update(text="недавно"),
    "a reply left in the queue": lambda one: _messages(one)[4].update(state="queued", reason=None),
    "a reply twice in VK": lambda one: one["ledgers"]["11"].append(_vk(6, "живой ответ", 1)),
    "a reply that nobody wrote": lambda one: one["ledgers"]["11"].append(_vk(6, "бред", 1)),
    "a reply accepted after the end": lambda one: one["replies"][1].update(is_late=True),
    "unread history": lambda one: _about(one).update(unread_count=2),
    "a key of an ended epoch": lambda one: one["connections"].__setitem__(0, "ready"),
    "an integration too many": lambda one: one["listed"].append({}),
    "a server too many": lambda one: one["servers"].append({"status": "ok"}),
    "another state": lambda one: one["integration"].update(state="connecting"),
}
LIVING: dict[str, Damage] = {
    "a message not imported": lambda one: _messages(one).pop(1),
    "what was missed not imported": lambda one: _messages(one).pop(),
    "history taken for news": lambda one: _messages(one)[1].update(source="backfill"),
    "what was missed taken for news": lambda one: _messages(one)[5].update(source="live"),
    "only history, and unanswered": lambda one: (
        _messages(one)[2].update(source="history"),
        _about(one).update(unanswered_since="now"),
    ),
    "only history, and a case": lambda one: (
        _messages(one)[2].update(source="history"),
        _about(one).update(state="new"),
    ),
    "no server": lambda one: one["servers"].clear(),
    "a server that VK gave up": lambda one: one["servers"][0].update(status="failed"),
    "the epoch before": lambda one: one["integration"].update(epoch=1),
    "an import without end": lambda one: one["integration"]["history_import"].update(state="running"),
}
DELETED: dict[str, Damage] = {
    "a message after the end": lambda one: _messages(one).append(_shown(5, "никого нет?", "customer")),
    "a reply sent after the end": lambda one: one["ledgers"]["11"][3].update(date=int(GONE_AT) + 10),
    "VK is still asked": lambda one: one.update(calls=[70, 71]),
    "one may still reply": lambda one: _about(one).update(can_reply={"allowed": True, "reason": None}),
}


def test_lives_that_went_well_pass(living: Document) -> None:
    assert check_life(living) == []


def test_a_deleted_one_that_went_well_passes(deleted: Document) -> None:
    assert check_life(deleted) == []


@pytest.mark.parametrize("damage", BOTH | LIVING)
def test_every_damage_of_a_living_one_is_found(living: Document, damage: str) -> None:
    (BOTH | LIVING)[damage](living)

    assert check_life(living) != []


@pytest.mark.parametrize("damage", BOTH | DELETED)
def test_every_damage_of_a_deleted_one_is_found(deleted: Document, damage: str) -> None:
    (BOTH | DELETED)[damage](deleted)

    assert check_life(deleted) != []
