"""What goes in and out about projects."""

from pydantic import BaseModel, ConfigDict

from accounts.texts import Name


class ProjectIn(BaseModel):
    """A project's name."""

    model_config = ConfigDict(extra="forbid")

    name: Name
