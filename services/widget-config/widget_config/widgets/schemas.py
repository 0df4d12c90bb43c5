"""What the API takes and gives."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from widget_config.widgets.rules import CHANNELS_MAX, SITES_MAX, Json, all_different, site_of

LINE = r"^[^\x00-\x1f\x7f]*$"
LINES = r"^[^\x00-\x09\x0b-\x1f\x7f]*$"

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=LINE)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=LINE)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=LINE)]
OwnLabel = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=LINE)]
Tooltip = Annotated[str, StringConstraints(strip_whitespace=True, max_length=150, pattern=LINE)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=LINES)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Site = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(site_of)]
Sites = Annotated[list[Site], Field(max_length=SITES_MAX), AfterValidator(all_different)]


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


class LabelByLanguage(_Strict):
    """What a channel's button says; empty is what the widget's texts say."""

    ru: OwnLabel = ""
    en: OwnLabel = ""


class TooltipByLanguage(_Strict):
    """What is told of a channel's button when one points at it; empty is nothing."""

    ru: Tooltip = ""
    en: Tooltip = ""


class SetupChannel(_Strict):
    """An integration in a widget, and how its button is called there."""

    integration_id: UUID
    label: LabelByLanguage = LabelByLanguage()
    tooltip: TooltipByLanguage = TooltipByLanguage()


class Setup(BaseModel):
    """All of a widget that is published together.

    Channels stand in the order in which visitors see them. Without `sites` every site may carry the widget;
    `*.` in one stands for all its subdomains. With `show_unavailable` a channel is shown while its
    integration is temporarily unavailable, too.
    """

    look: Look
    sites: list[str]
    show_unavailable: bool
    channels: list[SetupChannel]


class LookChange(_Strict):
    """The parts of a look that change; the texts of one language change together."""

    title: Title = ""
    color: Colour = ""
    corner: Corner = Corner.RIGHT
    texts: TextsByLanguage = TextsByLanguage()


def _once_each(channels: list[SetupChannel]) -> list[SetupChannel]:
    all_different([channel.integration_id for channel in channels])
    return channels


class SetupChange(_Strict):
    """What changes of a setup; fields that are left out stay. `sites` and `channels` are whole lists."""

    look: LookChange = LookChange()
    sites: Sites = []
    show_unavailable: bool = False
    channels: Annotated[list[SetupChannel], Field(max_length=CHANNELS_MAX), AfterValidator(_once_each)] = []


def changes_of(change: SetupChange) -> Json:
    """Return what a person sent, without what they left out; channels come whole."""
    changes = change.model_dump(mode="json", exclude_unset=True)
    if "channels" in changes:
        changes["channels"] = [channel.model_dump(mode="json") for channel in change.channels]
    return changes


class WidgetChange(SetupChange):
    """What changes; fields that are left out stay."""

    name: Name = ""


class WidgetIn(_Strict):
    """A new widget."""

    project_id: UUID
    name: Name
    look: Look = Look()
    sites: Sites = []
    show_unavailable: bool = False


class ChannelOut(BaseModel):
    """An integration in a widget. `shown` is false while its state hides the button."""

    integration_id: UUID
    kind: str
    name: str
    state: str
    shown: bool
    link: str
    label: LabelByLanguage
    tooltip: TooltipByLanguage


class WidgetOut(BaseModel):
    """A widget as operators see it; `draft` is the setup after publishing, null without changes.

    `embed_code` goes into the site's pages. `published_number` is the version that visitors see.
    """

    id: UUID
    project_id: UUID
    name: str
    public_key: str
    look: Look
    sites: list[str]
    show_unavailable: bool
    channels: list[ChannelOut]
    draft: Setup | None
    published_number: int
    version: int
    created_at: datetime
    changed_at: datetime
    embed_code: str


class PublicTexts(BaseModel):
    """What the widget says in one language."""

    greeting: str
    vk_button: str


class PublicPair(BaseModel):
    """A text in both languages; empty means that there is none of its own."""

    ru: str
    en: str


class PublicChannel(BaseModel):
    """A button of the widget."""

    kind: str
    name: str
    link: str
    label: PublicPair
    tooltip: PublicPair


class PublicWidget(BaseModel):
    """Everything that the whole world may know of a widget."""

    title: str
    color: str
    corner: str
    texts: dict[str, PublicTexts]
    channels: list[PublicChannel]
