"""What translated updates change and announce: a whole batch in one transaction, with no query per update."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.database.session import Session
from shared.events.channel import (
    ButtonPressed,
    ChannelEvent,
    MessageEdited,
    MessageReceived,
    MessagesRead,
    ReactionChanged,
    StaffReplied,
)
from shared.messaging.outbox import publish_rows_on_commit, sealed
from vk_gateway.contacts.permissions import recheck_denied, want_permission_check
from vk_gateway.contacts.profiles import list_names, want_profiles
from vk_gateway.health.actions import note_documents, note_messages, note_officer
from vk_gateway.incoming.contents import complete_content
from vk_gateway.incoming.follow_ups import ANSWER_WITHIN, Wanted, want_follow_ups
from vk_gateway.incoming.tables import FollowUpKind
from vk_gateway.incoming.translate import (
    Answered,
    Appointed,
    Edited,
    Kept,
    Message,
    Permitted,
    Pressed,
    Reacted,
    Seen,
    Switched,
    Translation,
    Typed,
    Written,
)
from vk_gateway.media.actions import WantedCopy, want_copies
from vk_gateway.outgoing import actions as outgoing_actions
from vk_gateway.outgoing.queries import list_by_random_ids
from vk_gateway.tables import Outgoing

# Names of those whose messages were forwarded are looked up too, within reason.
AUTHORS_MAX = 20
TRANSLATED = "translated"
Person = tuple[UUID, str]


@dataclass(frozen=True)
class Update:
    """An update with its translation."""

    position: int
    integration_id: UUID
    project_id: UUID
    community_id: int
    epoch: int
    event_id: str
    received_at: datetime
    translation: Translation

    def person(self, person_id: int) -> Person:
        """Name a person as this integration knows them."""
        return self.integration_id, str(person_id)


async def announce(
    session: Session, updates: Sequence[Update], *, whole_lasts: timedelta
) -> dict[str, list[int]]:
    """Carry out and announce a batch. Returns the positions by outcome.

    A cropped message is fetched first, for `whole_lasts` at most, and announced then.
    """
    echoes = await complete_echoes(session, updates)
    open_ones = [each for each in updates if each.position not in echoes]
    cropped = [each for each in open_ones if _is_cropped(each)]
    await _want(session, open_ones, cropped, whole_lasts)
    told = [each for each in open_ones if not _is_cropped(each)]
    names = await list_names(session, {person for each in told for person in authors_of(each)})
    file_ids = await want_copies_of(session, told)
    outcomes: dict[str, list[int]] = {}
    rows = []
    for each in told:
        event = _event(each, names, file_ids)
        if event is not None:
            rows.append(sealed(session, event, correlation_id=each.event_id))
        outcomes.setdefault(_outcome(each), []).append(each.position)
    await publish_rows_on_commit(session, rows)
    return outcomes | {"echo": sorted(echoes), "cropped": [each.position for each in cropped]}


def _is_cropped(each: Update) -> bool:
    return isinstance(each.translation, Message) and each.translation.is_cropped


def _outcome(each: Update) -> str:
    match each.translation:
        case Kept(outcome=outcome):
            return outcome
        case Permitted():
            return "hint"
        case Appointed() | Switched():
            return "noticed"
        case Typed():
            return "typing"
        case _:
            return TRANSLATED


async def _want(
    session: Session, updates: Sequence[Update], cropped: Sequence[Update], whole_lasts: timedelta
) -> None:
    """Note whom and what VK is to be asked about because of these updates."""
    writers: set[Person] = set()
    denied = {
        each.person(each.translation.peer_id): each.project_id
        for each in updates
        if isinstance(each.translation, Permitted) and not each.translation.allowed
    }
    people: set[Person] = set()
    follow_ups = []
    for each in updates:
        match each.translation:
            case Written(peer_id=peer_id):
                writers.add(each.person(peer_id))
            case Permitted(peer_id=peer_id, allowed=True):
                writers.add(each.person(peer_id))
            case Pressed() as pressed:
                left = ANSWER_WITHIN - (session.now - each.received_at)
                peer_id, press_id = pressed.peer_id, pressed.press_id
                follow_ups.append(_follow_up(each, FollowUpKind.ANSWER, peer_id, press_id, left))
            case _:
                pass
        people.update(people_of(each))
    for each in cropped:
        assert isinstance(each.translation, Message)
        number, peer_id = str(each.translation.conversation_message_id), each.translation.peer_id
        follow_ups.append(_follow_up(each, FollowUpKind.WHOLE, peer_id, number, whole_lasts))
    await _notice(session, updates)
    await want_profiles(session, people)
    await recheck_denied(session, writers)
    await want_permission_check(session, denied)
    await want_follow_ups(session, follow_ups)


async def _notice(session: Session, updates: Sequence[Update]) -> None:
    """Take in what happened to the community itself."""
    for each in updates:
        match each.translation:
            case Appointed(person_id=person_id, is_admin=is_admin):
                await note_officer(session, each.integration_id, each.epoch, person_id, is_admin=is_admin)
            case Switched(messages=messages, documents=documents):
                if messages is not None:
                    await note_messages(session, each.integration_id, each.epoch, on=messages)
                if documents is not None:
                    await note_documents(session, each.integration_id, each.epoch, on=documents)
            case _:
                pass


def _follow_up(each: Update, kind: FollowUpKind, peer_id: int, subject: str, lasts: timedelta) -> Wanted:
    return Wanted(each.position, each.integration_id, each.project_id, kind, str(peer_id), subject, lasts)


def people_of(each: Update) -> set[Person]:
    """Return whose name and picture are wanted: who writes, the administrator, and authors of forwards."""
    match each.translation:
        case Written() | Answered() | Edited() as message:
            forwarded = sorted(author for author in message.body.authors if author > 0)[:AUTHORS_MAX]
            return {each.person(person) for person in (message.peer_id, *forwarded)} | _admin(each)
        case _:
            return set()


def authors_of(each: Update) -> set[Person]:
    """Return whose names go into the event."""
    if not isinstance(each.translation, Message):
        return set()
    return _admin(each) | {each.person(author) for author in each.translation.body.authors}


def _admin(each: Update) -> set[Person]:
    """Return who answered in VK itself, if anybody did."""
    match each.translation:
        case Answered(admin_id=int(admin_id)) | Edited(admin_id=int(admin_id)):
            return {each.person(admin_id)}
        case _:
            return set()


async def want_copies_of(
    session: Session, told: Sequence[Update], *, is_earlier: bool = False
) -> dict[tuple[UUID, UUID], UUID]:
    """Have the files of messages copied. Returns the copies' ids by integration and stand-in."""
    wanted = {
        (each.integration_id, stand_in): WantedCopy(
            project_id=each.project_id,
            integration_id=each.integration_id,
            source=media.source,
            url=media.url,
            name=media.name,
            kind=media.kind,
            external_id=str(each.translation.peer_id),
            conversation_message_id=each.translation.conversation_message_id,
            correlation_id=each.event_id,
            is_earlier=is_earlier,
        )
        for each in told
        if isinstance(each.translation, Message)
        for stand_in, media in each.translation.body.media.items()
    }
    if not wanted:
        return {}
    return dict(zip(wanted, await want_copies(session, list(wanted.values())), strict=True))


async def complete_echoes(session: Session, updates: Sequence[Update]) -> set[int]:
    """Complete our own sends whose echoes have arrived. Returns the positions of the echoes."""
    answers = {each.position: each.translation for each in updates if isinstance(each.translation, Answered)}
    if not answers:
        return set()
    by_position = {each.position: each for each in updates}
    ids = {
        position: (by_position[position].community_id, answer.random_id)
        for position, answer in answers.items()
    }
    found = await list_by_random_ids(session, {pair for pair in ids.values() if pair[1]})
    ours = {(reply.community_id, reply.random_id): reply for reply in found if reply.attempts > 0}
    echoes = set()
    for position, answer in answers.items():
        reply = ours.get(ids[position])
        if reply is not None and _is_echo(by_position[position], answer, reply):
            number, sent_at = answer.conversation_message_id, answer.sent_at
            await outgoing_actions.complete_locked(session, reply, number, sent_at)
            echoes.add(position)
    return echoes


def _is_echo(each: Update, answer: Answered, reply: Outgoing) -> bool:
    # The same community may have served another project when the reply was sent.
    return reply.integration_id == each.integration_id and reply.external_id == str(answer.peer_id)


def _event(
    each: Update, names: Mapping[Person, str], file_ids: Mapping[tuple[UUID, UUID], UUID]
) -> ChannelEvent | None:
    identity = {"project_id": each.project_id, "integration_id": each.integration_id, "epoch": each.epoch}
    translation = each.translation
    if isinstance(translation, Message):
        return _message_event(each, translation, identity, names, file_ids)
    match translation:
        case Seen() as seen:
            return MessagesRead.model_validate(identity | _place(seen) | {"read_at": each.received_at})
        case Reacted() as reacted:
            order = {"reaction": reacted.reaction, "order": each.position}
            return ReactionChanged.model_validate(identity | _place(reacted) | order)
        case Pressed() as pressed:
            said = {"payload": pressed.payload, "press_id": pressed.press_id, "pressed_at": each.received_at}
            return ButtonPressed.model_validate(identity | _place(pressed) | said)
        case _:
            return None


def _place(translation: Message | Seen | Reacted | Pressed) -> dict[str, Any]:
    return {
        "external_id": str(translation.peer_id),
        "conversation_message_id": translation.conversation_message_id,
    }


def _message_event(
    each: Update,
    message: Message,
    identity: dict[str, Any],
    names: Mapping[Person, str],
    file_ids: Mapping[tuple[UUID, UUID], UUID],
) -> ChannelEvent:
    said = (
        identity
        | _place(message)
        | {
            "text": message.body.text,
            "sent_at": message.sent_at,
            "edited_at": message.edited_at,
            "source": message.source,
            "unsupported": message.body.unsupported,
            "content": content_of(each, message, names, file_ids),
        }
    )
    match message:
        case Written():
            return MessageReceived.model_validate(said)
        case Answered(admin_id=admin_id):
            return StaffReplied.model_validate(said | reply_author(each, admin_id, names))
        case Edited(admin_id=admin_id, by_customer=by_customer):
            author = reply_author(each, admin_id, names)
            return MessageEdited.model_validate(said | author | {"by_customer": by_customer})


def reply_author(each: Update, admin_id: int | None, names: Mapping[Person, str]) -> dict[str, str | None]:
    """Return the fields of an event that say who answered in VK itself."""
    if admin_id is None:
        return {}
    return {"author_external_id": str(admin_id), "author_name": names.get(each.person(admin_id))}


def content_of(
    each: Update,
    message: Message,
    names: Mapping[Person, str],
    file_ids: Mapping[tuple[UUID, UUID], UUID],
) -> Any:
    """Return what a message holds, with the ids of its copies and the names of those inside."""
    body = message.body
    ids = {stand_in: file_ids.get((each.integration_id, stand_in)) for stand_in in body.media}
    known = {str(author): name for author in body.authors if (name := names.get(each.person(author)))}
    return complete_content(body.content, ids, known)
