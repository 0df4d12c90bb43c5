"""Pure decisions about what a message holds: which telling of it counts, and what people see of a change.

A messenger may tell a message many times: again, with more in it, edited, in any order. All tellings of
one message make a set, and everything here is a function of that set.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from dialogs.messages.rules import storable
from shared.events.content import EMPTY, Attachment, AttachmentKind, Content, Included

KNOWN_KINDS = frozenset(AttachmentKind)
Insides = Content | Included


@dataclass(frozen=True)
class Telling:
    """A message as it was told once. `told_at` is when it was edited into this; null is the original.

    The author is whoever made it so: an operator of ours (`author_id`) or somebody in the messenger.
    """

    told_at: datetime | None
    text: str
    unsupported: bool
    content: Content
    author_id: UUID | None = None
    author_external_id: str | None = None
    author_name: str | None = None


@dataclass(frozen=True)
class Version:
    """What people saw of a message from `since` on; `telling` is the last one that looked like this."""

    since: datetime | None
    telling: Telling


def fullness(telling: Telling) -> tuple[Any, ...]:
    """Rank tellings of the same moment: the one that says more counts, of equals always the same one."""
    content = telling.content
    marks = sum(mark is not None for mark in (content.payload, content.ref, content.ref_source))
    parts = len(content.attachments) + len(content.forwarded) + len(content.styles) + marks
    whole = (not telling.unsupported, not content.is_cut, parts)
    return *whole, telling.text, content.model_dump_json(exclude_defaults=True)


def merged(tellings: Iterable[Telling]) -> list[Telling]:
    """Return one telling for each moment, the earliest first; the last of them is how the message is."""
    by_moment: dict[datetime | None, Telling] = {}
    for telling in tellings:
        known = by_moment.get(telling.told_at)
        if known is None or fullness(telling) > fullness(known):
            by_moment[telling.told_at] = telling
    return [by_moment[moment] for moment in sorted(by_moment, key=_order)]


def content_now(tellings: Sequence[Telling]) -> Content:
    """Return what a message holds now, of tellings as `merged` gives them.

    The mark of a link and a button's payload belong to the message as it was sent: a messenger need not say
    them again with an edit.
    """
    latest = tellings[-1].content
    if len(tellings) == 1:
        return latest
    kept = {
        name: said
        for name in ("payload", "ref", "ref_source")
        if getattr(latest, name) is None and (said := _said_last(tellings, name)) is not None
    }
    return latest.model_copy(update=kept) if kept else latest


def _said_last(tellings: Sequence[Telling], name: str) -> str | None:
    said = (getattr(telling.content, name) for telling in reversed(tellings))
    return next((each for each in said if each is not None), None)


def _order(moment: datetime | None) -> tuple[bool, float]:
    return moment is not None, moment.timestamp() if moment else 0.0


def versions(tellings: Sequence[Telling], *, ours: bool) -> list[Version]:
    """Return the versions that people can tell apart, of tellings as `merged` gives them.

    `ours` says that the original is an operator's: the messenger has its own copies of the same files.
    """
    found = [Version(tellings[0].told_at, tellings[0])]
    for before, telling in pairwise(tellings):
        same = _look_alike(before, telling, by_kind=ours)
        since = found.pop().since if same else telling.told_at
        found.append(Version(since, telling))
    return found


def edited(shown: Sequence[Version]) -> tuple[int, datetime | None]:
    """Return how many edits people can know of, and when the last one was.

    Without the original we take the messenger's word for an edit, unless it may have been about the
    preview of a link only.
    """
    first = shown[0]
    unseen = first.since is not None and not _has_link(first.telling.content)
    edits = len(shown) - 1 + unseen
    return edits, shown[-1].since if edits else None


def _has_link(content: Content) -> bool:
    return any(attachment.kind == AttachmentKind.LINK for attachment in content.attachments)


def _look_alike(one: Telling, other: Telling, *, by_kind: bool) -> bool:
    if one.text != other.text:
        return False
    if one.unsupported or other.unsupported or one.content.is_cut or other.content.is_cut:
        return True
    return _look(one.content, by_kind=by_kind) == _look(other.content, by_kind=by_kind)


def _look(content: Content, *, by_kind: bool) -> tuple[Any, ...]:
    attachments = [
        (each.kind,) if by_kind else (each.kind, each.file_id or (each.url, each.title, each.text))
        for each in content.attachments
        if each.kind != AttachmentKind.LINK
    ]
    return attachments, content.location, len(content.forwarded), content.quoted is None


def kinds_of(content: Content, *, unsupported: bool) -> list[str]:
    """Name what a message holds besides text, each kind once: for lists, in the words of `AttachmentKind`."""
    kinds = [shown_kind(attachment) for attachment in content.attachments]
    if content.location:
        kinds.append("location")
    if content.forwarded:
        kinds.append("forwarded")
    if unsupported and not kinds:
        kinds.append(str(AttachmentKind.UNSUPPORTED))
    return list(dict.fromkeys(kinds))


def shown_kind(attachment: Attachment) -> str:
    """Return the kind, `unsupported` for one that this version does not know."""
    return str(attachment.kind if attachment.kind in KNOWN_KINDS else AttachmentKind.UNSUPPORTED)


def file_ids(content: Content) -> set[UUID]:
    """Return the files of everything inside."""
    found: set[UUID] = set()
    waiting: list[Insides] = [content]
    while waiting:
        insides = waiting.pop()
        found |= {each.file_id for each in insides.attachments if each.file_id}
        waiting += insides.forwarded
        if insides.quoted:
            waiting.append(insides.quoted)
    return found


def document_of(content: Content) -> dict[str, Any] | None:
    """Return contents as they are stored, null for none, without what PostgreSQL and JSON cannot hold."""
    # Much quicker than comparing with EMPTY, and nearly every message is a plain text.
    if not any(vars(content).values()):
        return None
    document: dict[str, Any] = _storable(content.model_dump(mode="json", exclude_defaults=True))
    return document


def content_of(document: dict[str, Any] | None) -> Content:
    """Read stored contents."""
    return Content.model_validate(document) if document else EMPTY


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {name: _storable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_storable(part) for part in value]
    return value
