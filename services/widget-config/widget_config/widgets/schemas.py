"""What the API takes and gives."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Corner(StrEnum):
    """Which lower corner of the page the button sits in."""

    LEFT = "left"
    RIGHT = "right"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Texts(_Strict):
    """What the widget says in one language. Shown as text, never as HTML."""

    greeting: Paragraph
    vk_button: Label


class TextsByLanguage(_Strict):
    """Russian, and English for pages in other languages."""

    ru: Texts = Texts(
        greeting="Ответим в мессенджере: ответ не потеряется, даже если вы закроете страницу.",
        vk_button="Написать ВКонтакте",
    )
    en: Texts = Texts(
        greeting="We answer in your messenger, so the answer reaches you even after you close this page.",
        vk_button="Write in VK",
    )


class Look(_Strict):
    """How a widget looks to visitors. An empty title becomes "Write to us" in the page's language."""

    title: Title = ""
    color: Colour = "#1F6FD0"
    corner: Corner = Corner.RIGHT
    texts: TextsByLanguage = TextsByLanguage()


class WidgetIn(_Strict):
    """A new widget."""

    project_id: UUID
    name: Name
    look: Look = Look()


class LookChange(_Strict):
    """The parts of a look that change; the texts of one language change together."""

    title: Title = ""
    color: Colour = ""
    corner: Corner = Corner.RIGHT
    texts: TextsByLanguage = TextsByLanguage()


class WidgetChange(_Strict):
    """What changes; fields that are left out stay."""

    name: Name = ""
    look: LookChange = LookChange()


class ChannelOut(BaseModel):
    """An integration in a widget. `shown` is false while its state hides the button."""

    integration_id: UUID
    kind: str
    name: str
    state: str
    shown: bool
    link: str


class WidgetOut(BaseModel):
    """A widget as operators see it. `embed_code` goes into the site's pages."""

    id: UUID
    project_id: UUID
    name: str
    public_key: str
    look: Look
    channels: list[ChannelOut]
    version: int
    created_at: datetime
    changed_at: datetime
    embed_code: str


class PublicTexts(BaseModel):
    """What the widget says in one language."""

    greeting: str
    vk_button: str


class PublicChannel(BaseModel):
    """A button of the widget."""

    kind: str
    name: str
    link: str


class PublicWidget(BaseModel):
    """Everything that the whole world may know of a widget."""

    title: str
    color: str
    corner: str
    texts: dict[str, PublicTexts]
    channels: list[PublicChannel]
