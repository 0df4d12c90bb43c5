"""By what a message is found besides its text. Pure."""

from collections.abc import Iterator

from shared.events.content import EMPTY, Attachment, Content, Included


def words(text: str, content: Content) -> str:
    """Return everything a message is found by, as it was written, a line for each.

    What it quotes is not in it: that is a message of the same thread, and found there.
    """
    if content is EMPTY:
        return text
    parts = [text, *_of_attachments(content.attachments)]
    if content.location is not None:
        parts.append(content.location.title or "")
    for message in content.forwarded:
        parts += _of_included(message)
    return "\n".join(part for part in parts if part)


def _of_attachments(attachments: tuple[Attachment, ...]) -> Iterator[str]:
    for attachment in attachments:
        yield from (attachment.title or "", attachment.text or "", *attachment.options)


def _of_included(message: Included) -> Iterator[str]:
    yield from (message.author_name or "", message.text, *_of_attachments(message.attachments))
    for inner in (*message.forwarded, *([message.quoted] if message.quoted else [])):
        yield from _of_included(inner)
