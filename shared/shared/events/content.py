"""What a message holds besides its text; the same for every messenger and in both directions."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class AttachmentKind(StrEnum):
    """The kinds that a gateway of today writes. Readers take an unknown one for `unsupported`."""

    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"
    STICKER = "sticker"
    GRAFFITI = "graffiti"
    GIFT = "gift"
    VIDEO = "video"
    AUDIO = "audio"
    LINK = "link"
    POST = "post"
    COMMENT = "comment"
    PRODUCT = "product"
    POLL = "poll"
    STORY = "story"
    ARTICLE = "article"
    CALL = "call"
    UNSUPPORTED = "unsupported"


class Part(BaseModel):
    """A part of a message. Readers ignore fields they do not know; absent means "not said"."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Attachment(Part):
    """One attachment.

    `file_id` names the copy that the gateway makes (see `channel.attachment_copied`); a picture of a video
    or a product is a copy too. `url` is where a person can look at the thing in the messenger or on the web
    (https or http only). `original` is the messenger's own word for the kind.
    """

    kind: str
    original: str | None = None
    file_id: UUID | None = None
    title: str | None = None
    text: str | None = None
    url: str | None = None
    size_bytes: int | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: int | None = None
    waveform: tuple[int, ...] = ()
    price: str | None = None
    options: tuple[str, ...] = ()


class Location(Part):
    """A point on the map, in degrees."""

    latitude: float
    longitude: float
    title: str | None = None


class Style(Part):
    """A styled stretch of a text; offset and length in UTF-16 units. `kind`: bold, italic, underline, url."""

    kind: str
    offset: int
    length: int
    url: str | None = None


class Included(Part):
    """A message inside another one: quoted or forwarded, with its own insides.

    `author_external_id` is as the messenger writes it; for VK a community has a negative one. Insides
    beyond the gateway's limits of depth and number are left out and counted in `left_out`.
    """

    author_external_id: str | None = None
    author_name: str | None = None
    conversation_message_id: int | None = None
    text: str = ""
    sent_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    location: Location | None = None
    quoted: "Included | None" = None
    forwarded: tuple["Included", ...] = ()
    left_out: int = 0


class Content(Part):
    """All that a message holds besides its text.

    `payload` is what a pressed text button carried, `ref` and `ref_source` what a link to the dialog
    carried: people can forge all three. `is_cut`: the messenger gave us a shortened message and has not
    given the whole one.
    """

    attachments: tuple[Attachment, ...] = ()
    location: Location | None = None
    quoted: Included | None = None
    forwarded: tuple[Included, ...] = ()
    left_out: int = 0
    styles: tuple[Style, ...] = ()
    payload: str | None = None
    ref: str | None = None
    ref_source: str | None = None
    is_cut: bool = False


EMPTY = Content()
