"""What callers send and get about tags."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

NAME_CHARACTERS_MAX = 50


class Colour(StrEnum):
    """How a tag looks."""

    GRAY = "gray"
    RED = "red"
    PINK = "pink"
    GRAPE = "grape"
    VIOLET = "violet"
    INDIGO = "indigo"
    BLUE = "blue"
    CYAN = "cyan"
    TEAL = "teal"
    GREEN = "green"
    LIME = "lime"
    YELLOW = "yellow"
    ORANGE = "orange"


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARACTERS_MAX)]


class TagIn(BaseModel):
    """A new tag; its name is the only one of its kind in the project."""

    model_config = ConfigDict(extra="forbid")

    project_id: UUID
    name: Name
    colour: Colour = Colour.GRAY


class TagChange(BaseModel):
    """What shall be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    colour: Colour | None = None


class TagMark(BaseModel):
    """A tag on a dialog. Of its name and colour the latest `tag_changed` of the live feed counts."""

    id: UUID
    name: str
    colour: str


class TagOut(TagMark):
    """A tag of a project."""

    project_id: UUID
