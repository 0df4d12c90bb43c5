"""Judges the life of one integration from the outside, as `tests.chaos.checker` judges messages.

Shares no code with the services. A life is a plain document:

    {"name": …, "is_living": whether it ended connected, "epoch": the one it must be in,
     "ledgers", "written", "dialogs": as the checker has them,
     "past": {user id: how many messages VK had before the first connect},
     "silent": [what was written while we were gone for certain], "seen": [ids of messages seen before],
     "gone_at": VK's time at which we were gone, or null,
     "replies": [{"dialog_id", "client_id", "text", "message_id": null if nobody knows, "is_late"?}],
     "listed": [the integration in the project's list], "integration": {…},
     "servers": [ours at VK], "connections": [states of those that were used],
     "calls": [how often we asked VK once all was quiet, and a while later]}
"""

from collections.abc import Iterator
from typing import Any

from tests.chaos.checker import check

Document = dict[str, Any]

# VK's dates are whole seconds, and what it was doing just then is not over at once.
LEEWAY_SECONDS = 3.0
CUT_OFF = "integration_deleted"


def check_life(life: Document) -> list[str]:
    """Give every promise that a life broke."""
    broken = [*_replies_end(life), *_connections(life), *_threads_stay(life)]
    broken += _living(life) if life["is_living"] else _deleted(life)
    return [f"{life['name']}: {words}" for words in broken]


def _living(life: Document) -> Iterator[str]:
    listed, servers = life["listed"], life["servers"]
    if len(listed) != 1:
        yield f"{len(listed)} integrations in the list instead of one"
    if (life["integration"]["state"], life["integration"]["epoch"]) != ("active", life["epoch"]):
        yield f"it is {life['integration']['state']} in epoch {life['integration']['epoch']}"
    imported = life["integration"]["history_import"] or {"state": "missing"}
    if imported["state"] != "done":
        yield f"its import is {imported['state']}"
    if [server["status"] for server in servers] != ["ok"]:
        yield f"VK has {[server['status'] for server in servers]} of our servers instead of one"
    yield from check(_as_history(life))
    yield from _marked_as_history(life)


def _deleted(life: Document) -> Iterator[str]:
    if life["listed"] or life["integration"]["state"] != "deleted":
        yield f"it is still listed, or is {life['integration']['state']}"
    if life["servers"]:
        yield f"VK still has {len(life['servers'])} servers of ours"
    if life["calls"][0] != life["calls"][1]:
        yield f"VK is still asked: {life['calls']} calls"
    for user, dialog, messages in _threads(life):
        if dialog["can_reply"] != {"allowed": False, "reason": CUT_OFF}:
            yield f"user {user}: one may reply: {dialog['can_reply']}"
        late = {one["number"] for one in life["silent"] if str(one["user"]) == user}
        came = {message["conversation_message_id"] for message in messages}
        yield from (f"user {user}: message {one} came after the end" for one in late & came)
        yield from _is_a_part(user, life["ledgers"].get(user, []), messages)
        yield from _asks_for_nothing(user, dialog, messages)


def _is_a_part(user: str, ledger: list[Document], messages: list[Document]) -> Iterator[str]:
    """What came before the end is as it is in VK, once, in VK's order."""
    texts = {one["conversation_message_id"]: one["text"] for one in ledger}
    numbered = [one for one in messages if one["conversation_message_id"] is not None]
    order = [message["conversation_message_id"] for message in numbered]
    if order != sorted(set(order)):
        yield f"user {user}: messages are doubled or out of order: {order}"
    for message in numbered:
        if texts.get(message["conversation_message_id"]) != message["text"]:
            yield f"user {user}: VK has another message for {message['text']!r}"
    for message in messages:
        if message["conversation_message_id"] is None and message["state"] != "failed":
            yield f"user {user}: the reply {message['client_id']!r} is still {message['state']}"


def _threads(life: Document) -> Iterator[tuple[str, Document, list[Document]]]:
    for each in life["dialogs"]:
        yield each["dialog"]["contact"]["external_id"], each["dialog"], each["messages"]


def _as_history(life: Document) -> Document:
    """The life as the checker of messages takes it, but for replies that an end cut off.

    Of those VK may have one that it took in the moment of the end; the next epoch imports it as somebody's.
    """
    shown = {
        (each["dialog"]["id"], message["client_id"]): message
        for each in life["dialogs"]
        for message in each["messages"]
        if message["client_id"] is not None
    }
    cut_off = {
        message["text"]
        for message in shown.values()
        if (message["state"], message["reason"]) == ("failed", CUT_OFF)
    }
    known = []
    for reply in life["replies"]:
        message = shown.get((reply["dialog_id"], reply["client_id"]))
        message_id = reply["message_id"] or (message and message["id"])
        if message_id is not None and reply["text"] not in cut_off:
            known.append(reply | {"message_id": message_id})
    return {
        "ledgers": {
            user: [one | {"admin_author_id": -1} if one["text"] in cut_off else one for one in ledger]
            for user, ledger in life["ledgers"].items()
        },
        "written": life["written"],
        "dialogs": [
            each
            | {
                "messages": [
                    one for one in each["messages"] if one["text"] not in cut_off or one["client_id"] is None
                ]
            }
            for each in life["dialogs"]
        ],
        "accepted": known,
        "abandoned": [],
        "feeds": [],
    }


def _marked_as_history(life: Document) -> Iterator[str]:
    silent = {(str(one["user"]), one["number"]) for one in life["silent"]}
    for user, dialog, messages in _threads(life):
        for message in messages:
            number = message["conversation_message_id"]
            if number is None:
                continue
            is_past = number <= life["past"].get(user, 0) or (user, number) in silent
            if is_past and message["source"] != "history":
                yield f"user {user}: message {number} was imported and is marked {message['source']!r}"
        yield from _asks_for_nothing(user, dialog, messages)


def _asks_for_nothing(user: str, dialog: Document, messages: list[Document]) -> Iterator[str]:
    """What was imported is neither unread nor unanswered, and opens nothing."""
    live = [one for one in messages if one["author"]["kind"] == "customer" and one["source"] != "history"]
    if dialog["unread_count"] > len(live):
        yield f"user {user}: {dialog['unread_count']} are unread, {len(live)} came while we were there"
    if not live and (dialog["unanswered_since"] is not None or dialog["state"] == "new"):
        yield f"user {user}: a dialog that was only imported is {dialog['state']}"


def _threads_stay(life: Document) -> Iterator[str]:
    there = {message["id"] for each in life["dialogs"] for message in each["messages"]}
    lost = [message_id for message_id in life["seen"] if message_id not in there]
    if lost:
        yield f"{len(lost)} messages that were seen before the end are gone"


def _replies_end(life: Document) -> Iterator[str]:
    """Nothing goes out after the end, and nothing goes twice or unasked."""
    sent: dict[str, list[Document]] = {}
    for ledger in life["ledgers"].values():
        for message in ledger:
            if message["out"] and not message.get("admin_author_id"):
                sent.setdefault(message["text"], []).append(message)
    texts = [reply["text"] for reply in life["replies"]]
    yield from (f"VK has a reply that nobody wrote: {text!r}" for text in sent if text not in texts)
    for reply in life["replies"]:
        found = sent.get(reply["text"], [])
        if len(found) > 1:
            yield f"the reply {reply['client_id']!r} is {len(found)} times in VK"
        if reply.get("is_late"):
            yield f"the reply {reply['client_id']!r} was accepted after the end"
    end = life["gone_at"]
    if end is not None and not life["is_living"]:
        late = [text for text, ones in sent.items() if ones[0]["date"] > end + LEEWAY_SECONDS]
        yield from (f"a reply was sent after the end: {text!r}" for text in late)


def _connections(life: Document) -> Iterator[str]:
    """A key is kept nowhere but with the community that lives by it."""
    old = life["connections"][:-1] if life["is_living"] else life["connections"]
    if any(state != "used" for state in old):
        yield f"connections that are over still hold their keys: {life['connections']}"
