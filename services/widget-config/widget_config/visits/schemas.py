"""What a widget says of a click, and gets."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from widget_config.widgets.schemas import LINES

Address = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
PageTitle = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=LINES)]


class Click(BaseModel):
    """A visitor goes to a channel, by the link of the public config. `ref` is a mark asked for before."""

    model_config = ConfigDict(extra="forbid")

    link: Annotated[str, StringConstraints(max_length=200)]
    ref: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    page_url: Address
    page_title: PageTitle | None = None
    referrer: Annotated[str, StringConstraints(max_length=4000)] | None = None


class MarkOut(BaseModel):
    """What to add to a channel's link as `ref`; it counts once."""

    ref: str
