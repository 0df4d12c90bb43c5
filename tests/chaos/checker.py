"""Judges a run from the outside: VK's ledger and the operators' API, as JSON documents, must tell one story.

Shares no code with the services. `check` gives every broken promise in words; an empty list is well.
A history is a plain document:

    {"ledgers":  {user id: [VK's messages, oldest first]},
     # VK said 201 to their writers; "edit" is a later text of which nobody knows whether VK took it
     "written":  [{"user": id, "number": conversation_message_id, "text": …, "edit"?: …}],
     "dialogs":  [{"dialog": {…}, "messages": [all pages, in the order of reading]}],
     "accepted": [{"dialog_id", "client_id", "text", "message_id"}],  # in the order of their 202
     "abandoned": [{"dialog_id", "client_id", "text"}],               # never got a 202
     "feeds":    [{"after": n, "position": n, "numbers": […], "resets": […], "messages": {id: message}}]}
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]

SETTLED_WITHOUT_NUMBER = {"failed"}
SAME_IN_FEED = ("text", "state", "reason", "conversation_message_id", "place", "version")


def check(history: Document) -> list[str]:
    """Give every promise that the run broke."""
    broken: list[str] = []
    ledgers = {str(user): messages for user, messages in history["ledgers"].items()}
    broken += _vk_kept_its_word(history, ledgers)
    by_user: dict[str, list[Document]] = defaultdict(list)
    for each in history["dialogs"]:
        by_user[each["dialog"]["contact"]["external_id"]].append(each)
    broken += [f"user {user}: a dialog that VK knows nothing of" for user in by_user.keys() - ledgers.keys()]
    for user, ledger in ledgers.items():
        if not ledger and user not in by_user:
            continue
        if len(by_user[user]) != 1:
            broken.append(f"user {user}: {len(by_user[user])} dialogs instead of one")
            continue
        broken += _dialog_matches(user, ledger, by_user[user][0]["messages"])
    broken += _replies(history, ledgers)
    broken += _feeds(history)
    return broken


def _vk_kept_its_word(history: Document, ledgers: dict[str, list[Document]]) -> Iterator[str]:
    """The ledger itself: numbers without a gap, and everything that it took."""
    for user, ledger in ledgers.items():
        numbers = [message["conversation_message_id"] for message in ledger]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"user {user}: VK's own numbers are not 1, 2, 3, …: {numbers}"
    texts = {
        (user, message["conversation_message_id"]): message["text"]
        for user, ledger in ledgers.items()
        for message in ledger
    }
    for written in history["written"]:
        wanted = (written["text"], written.get("edit", written["text"]))
        if texts.get((str(written["user"]), written["number"])) not in wanted:
            yield f"user {written['user']}: VK lost its own message {written['number']}"


def _dialog_matches(user: str, ledger: list[Document], messages: list[Document]) -> Iterator[str]:
    """Every message of the ledger exactly once with the same text, none extra, in VK's order."""
    numbered = [message for message in messages if message["conversation_message_id"] is not None]
    seen = Counter(message["conversation_message_id"] for message in numbered)
    expected = {message["conversation_message_id"]: message for message in ledger}
    for number in expected.keys() - seen.keys():
        yield f"user {user}: message {number} {expected[number]['text']!r} is lost"
    for number, count in seen.items():
        if number not in expected:
            yield f"user {user}: message {number} is not in VK"
        if count > 1:
            yield f"user {user}: message {number} is there {count} times"
    ids = Counter(message["id"] for message in messages)
    yield from (f"user {user}: message id {each} is listed {n} times" for each, n in ids.items() if n > 1)
    for message in numbered:
        if message["conversation_message_id"] in expected:
            yield from _message_matches(user, expected[message["conversation_message_id"]], message)
    yield from _order_is_kept(user, messages)
    for message in messages:
        if message["conversation_message_id"] is None:
            yield from _is_settled(user, message)


def _order_is_kept(user: str, messages: list[Document]) -> Iterator[str]:
    numbered = [message for message in messages if message["conversation_message_id"] is not None]
    order = [message["conversation_message_id"] for message in numbered]
    if order != sorted(order):
        yield f"user {user}: the order of reading is not VK's: {order}"
    places = [tuple(message["place"]) for message in messages]
    if places != sorted(places):
        yield f"user {user}: the places are not in the order of reading"


def _message_matches(user: str, original: Document, message: Document) -> Iterator[str]:
    number = original["conversation_message_id"]
    if message["text"] != original["text"]:
        yield f"user {user}: message {number} reads {message['text']!r}, in VK {original['text']!r}"
    ours = "staff" if original.get("admin_author_id") else "operator"
    author = ours if original["out"] else "customer"
    if message["author"]["kind"] != author:
        yield f"user {user}: message {number} is by {message['author']['kind']}, in VK by {author}"
    state = "received" if author == "customer" else "sent"
    if message["state"] != state:
        yield f"user {user}: message {number} is {message['state']}, and VK has it"
    files = message.get("content", {}).get("attachments", [])
    if len(files) != len(original.get("attachments", [])):
        yield f"user {user}: message {number} has {len(files)} attachments, in VK other"
    for each in files:
        if each["file"] and each["file"]["state"] != "ready":
            yield f"user {user}: a file of message {number} is {each['file']['state']}"


def _is_settled(user: str, message: Document) -> Iterator[str]:
    name = f"user {user}: the reply {message['client_id']!r}"
    if message["author"]["kind"] != "operator":
        yield f"user {user}: a message of {message['author']['kind']} has no number"
    if message["state"] not in SETTLED_WITHOUT_NUMBER:
        yield f"{name} is still {message['state']}"
    elif not message["reason"]:
        yield f"{name} failed without a reason"


def _replies(history: Document, ledgers: dict[str, list[Document]]) -> Iterator[str]:
    """Each accepted reply is in VK once or has failed with a reason; VK has no other; the order is kept."""
    in_vk: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for user, ledger in ledgers.items():
        for message in ledger:
            if message["out"] and not message.get("admin_author_id"):
                in_vk[message["text"]].append((user, message["conversation_message_id"]))
    shown: dict[tuple[str, str], list[Document]] = defaultdict(list)
    users = {}
    for each in history["dialogs"]:
        users[each["dialog"]["id"]] = each["dialog"]["contact"]["external_id"]
        for message in each["messages"]:
            if message["client_id"] is not None:
                shown[each["dialog"]["id"], message["client_id"]].append(message)
    last: dict[str, int] = {}
    for reply in history["accepted"]:
        name = f"dialog {reply['dialog_id']}: the accepted reply {reply['client_id']!r}"
        user = users.get(reply["dialog_id"], "?")
        found = shown.pop((reply["dialog_id"], reply["client_id"]), [])
        yield from _reply_is_once(name, user, reply, found, in_vk.pop(reply["text"], []))
        number = found[0]["conversation_message_id"] if found else None
        if number is not None:
            if number <= last.get(reply["dialog_id"], 0):
                yield f"{name} overtook a reply accepted before it"
            last[reply["dialog_id"]] = max(number, last.get(reply["dialog_id"], 0))
    yield from (
        f"dialog {reply['dialog_id']}: the reply {reply['client_id']!r} was never accepted"
        for reply in history["abandoned"]
    )
    yield from (f"dialog {dialog}: nobody wrote the reply {client!r}" for dialog, client in shown)
    yield from (f"VK has a reply that was never accepted: {text!r}, {where}" for text, where in in_vk.items())


def _reply_is_once(
    name: str, user: str, reply: Document, found: list[Document], places: list[tuple[str, int]]
) -> Iterator[str]:
    if len(found) != 1:
        yield f"{name} is shown {len(found)} times"
        return
    message = found[0]
    if (message["id"], message["text"]) != (reply["message_id"], reply["text"]):
        yield f"{name} is shown as another message"
    if message["state"] == "failed":
        if places:
            yield f"{name} is said to have failed, and VK has it: {places}"
        if not message["reason"]:
            yield f"{name} failed without a reason"
    elif message["state"] != "sent":
        yield f"{name} is neither sent nor failed but {message['state']}"
    elif places != [(user, message["conversation_message_id"])]:
        yield f"{name} is {len(places)} times in VK: {places}"


def _feeds(history: Document) -> Iterator[str]:
    """Whoever reconnects with Last-Event-ID sees every change once, and in the end what the API shows."""
    final = {message["id"]: message for each in history["dialogs"] for message in each["messages"]}
    for index, feed in enumerate(history["feeds"]):
        name = f"feed {index}"
        if feed["resets"]:
            yield f"{name}: told to start again: {feed['resets']}"
        numbers, wanted = feed["numbers"], range(feed["after"] + 1, feed["position"] + 1)
        repeated = [number for number, count in Counter(numbers).items() if count > 1]
        missing = sorted(set(wanted) - set(numbers))
        if repeated:
            yield f"{name}: changes came twice: {repeated[:10]}"
        if missing:
            yield f"{name}: {len(missing)} changes never came: {missing[:10]}"
        if extra := sorted(set(numbers) - set(wanted)):
            yield f"{name}: changes that there are not: {extra[:10]}"
        if numbers != sorted(numbers):
            yield f"{name}: changes came in another order than their numbers"
        shown = feed["messages"]
        for message_id in final.keys() ^ shown.keys():
            yield f"{name}: message {message_id} is {'missing' if message_id in final else 'too many'}"
        for message_id in final.keys() & shown.keys():
            told, read = ([document[one][key] for key in SAME_IN_FEED] for document, one in
                          ((shown, message_id), (final, message_id)))  # fmt: skip
            if told != read:
                yield f"{name}: message {message_id} was last told as {told}, and is {read}"
