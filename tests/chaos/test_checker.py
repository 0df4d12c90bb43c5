"""The checker finds every kind of damage: each is done to a good history, and must be seen."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos.checker import Document, check


def _vk(number: int, text: str, out: int = 0, admin: int | None = None) -> Document:
    return {"conversation_message_id": number, "text": text, "out": out, "admin_author_id": admin}


def _shown(number: int | None, text: str, author: str, **more: Any) -> Document:
    state = "received" if author == "customer" else "sent"
    return {
        "id": f"m-{text}",
        "client_id": None,
        "text": text,
        "author": {"kind": author},
        "state": state,
        "reason": None,
        "conversation_message_id": number,
        "place": [number or 0, 0],
        "version": 1,
        **more,
    }


@pytest.fixture
def history() -> Document:
    """Two dialogs in which everything went well; one reply was refused by VK."""
    failed = {"state": "failed", "reason": "writing_not_allowed", "client_id": "c", "place": [4, 3]}
    anna = [
        _shown(1, "добрый день", "customer"),
        _shown(2, "здравствуйте", "operator", client_id="a"),
        _shown(3, "чем помочь", "operator", client_id="b"),
        _shown(4, "мы в VK", "staff"),
        _shown(None, "увы", "operator", **failed),
    ]
    boris = [_shown(1, "есть кто?", "customer"), _shown(2, "ау", "customer")]
    dialogs = [
        {"dialog": {"id": "d1", "contact": {"external_id": "11"}}, "messages": anna},
        {"dialog": {"id": "d2", "contact": {"external_id": "12"}}, "messages": boris},
    ]
    accepted = [
        {"dialog_id": "d1", "client_id": name, "text": text, "message_id": f"m-{text}"}
        for name, text in (("a", "здравствуйте"), ("b", "чем помочь"), ("c", "увы"))
    ]
    told = {message["id"]: message for message in [*anna, *boris]}
    return {
        "ledgers": {
            "11": [
                _vk(1, "добрый день"),
                _vk(2, "здравствуйте", 1),
                _vk(3, "чем помочь", 1),
                _vk(4, "мы в VK", 1, 7),
            ],
            "12": [_vk(1, "есть кто?"), _vk(2, "ау")],
        },
        "written": [{"user": 12, "number": 2, "text": "ау"}],
        "dialogs": dialogs,
        "accepted": accepted,
        "abandoned": [],
        "feeds": [
            {
                "after": 5,
                "position": 9,
                "numbers": [6, 7, 8, 9],
                "resets": [],
                "messages": copy.deepcopy(told),
            }
        ],
    }


def _first(history: Document) -> list[Document]:
    return history["dialogs"][0]["messages"]


def _swap(items: list[Any], one: int, other: int) -> None:
    items[one], items[other] = items[other], items[one]


def _also_in_vk(history: Document, text: str) -> None:
    history["ledgers"]["11"].append(_vk(5, text, 1))
    _first(history).insert(4, _shown(5, text, "operator", id="m-5"))


DAMAGE: dict[str, Callable[[Document], Any]] = {
    "drop a message": lambda h: _first(h).pop(0),
    "drop a reply": lambda h: _first(h).pop(1),
    "drop an administrator's answer": lambda h: _first(h).pop(3),
    "drop a dialog": lambda h: h["dialogs"].pop(1),
    "double a message": lambda h: _first(h).insert(0, {**_first(h)[0], "id": "other"}),
    "double a row": lambda h: _first(h).insert(0, _first(h)[0]),
    "double a dialog": lambda h: h["dialogs"].append(h["dialogs"][1]),
    "alter a text": lambda h: _first(h)[0].update(text="добрый вечер"),
    "alter a reply": lambda h: _first(h)[1].update(text="до свидания"),
    "swap the texts of two messages": lambda h: (
        h["dialogs"][1]["messages"][0].update(text="ау"),
        h["dialogs"][1]["messages"][1].update(text="есть кто?"),
    ),
    "swap two messages": lambda h: _swap(_first(h), 0, 1),
    "wrong place": lambda h: _first(h)[4].update(place=[0, 0]),
    "phantom of a customer": lambda h: _first(h).append(_shown(5, "никто не писал", "customer")),
    "phantom reply": lambda h: _first(h).append(
        _shown(None, "призрак", "operator", client_id="z", state="failed", reason="x", place=[9, 9])
    ),
    "phantom dialog": lambda h: h["dialogs"].append(
        {"dialog": {"id": "d3", "contact": {"external_id": "13"}}, "messages": []}
    ),
    "wrong author": lambda h: _first(h)[0]["author"].update(kind="staff"),
    "an answer in VK taken for ours": lambda h: _first(h)[3]["author"].update(kind="operator"),
    "a reply twice in VK": lambda h: _also_in_vk(h, "здравствуйте"),
    "a reply in the wrong dialog of VK": lambda h: (
        h["ledgers"]["11"].pop(2),
        h["ledgers"]["12"].append(_vk(3, "чем помочь", 1)),
    ),
    "a failed reply in VK": lambda h: _also_in_vk(h, "увы"),
    "a reply failed without a reason": lambda h: _first(h)[4].update(reason=None),
    "a reply left in the queue": lambda h: _first(h)[4].update(state="queued", reason=None),
    "a reply left in doubt": lambda h: _first(h)[1].update(state="unconfirmed"),
    "an accepted reply forgotten": lambda h: _first(h).pop(4),
    "a reply never accepted": lambda h: h["abandoned"].append(
        {"dialog_id": "d1", "client_id": "x", "text": "x"}
    ),
    "a reply in VK that nobody accepted": lambda h: h["accepted"].pop(0),
    "replies in another order": lambda h: _swap(h["accepted"], 0, 1),
    "VK lost a message": lambda h: h["ledgers"]["12"].pop(1),
    "VK's numbers have a gap": lambda h: h["ledgers"]["12"].pop(0),
    "a change left out": lambda h: h["feeds"][0]["numbers"].pop(1),
    "the last change left out": lambda h: h["feeds"][0]["numbers"].pop(),
    "a change twice": lambda h: h["feeds"][0]["numbers"].insert(1, 6),
    "changes swapped": lambda h: _swap(h["feeds"][0]["numbers"], 0, 1),
    "a change too many": lambda h: h["feeds"][0]["numbers"].append(10),
    "a reset": lambda h: h["feeds"][0]["resets"].append("position_too_old"),
    "the feed never told of a message": lambda h: h["feeds"][0]["messages"].pop("m-ау"),
    "the feed told an old state": lambda h: h["feeds"][0]["messages"]["m-увы"].update(state="queued"),
    "the feed kept a removed message": lambda h: h["feeds"][0]["messages"].update(
        gone=_shown(9, "g", "staff")
    ),
}


def test_a_good_history_passes(history: Document) -> None:
    assert check(history) == []


@pytest.mark.parametrize("damage", DAMAGE)
def test_every_damage_is_found(history: Document, damage: str) -> None:
    DAMAGE[damage](history)

    assert check(history) != []
