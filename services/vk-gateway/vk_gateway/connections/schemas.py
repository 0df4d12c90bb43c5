"""What goes in and out of the connections' endpoints."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class KeyConnectionIn(_Input):
    """Connect with a community key, pasted by an administrator."""

    project_id: UUID
    method: Literal["key"]
    key: Annotated[SecretStr, Field(min_length=10, max_length=500)]


class OauthConnectionIn(_Input):
    """Connect through VK's consent page."""

    project_id: UUID
    method: Literal["oauth"]


ConnectionIn = Annotated[KeyConnectionIn | OauthConnectionIn, Field(discriminator="method")]


class ChosenCommunitiesIn(_Input):
    """The communities, by VK's positive numbers, that shall be connected."""

    community_ids: Annotated[list[int], Field(min_length=1, max_length=100)]


class ConnectionMade(BaseModel):
    """A connection; `authorize_url` is where the person goes next, null when nowhere."""

    id: UUID
    state: str
    authorize_url: str | None


class OfferedCommunity(BaseModel):
    """A community that the connection covers. Null means that VK does not tell."""

    community_id: int
    name: str
    screen_name: str
    avatar_url: str | None
    is_admin: bool | None
    messages_enabled: bool | None
    claimed_by: Literal["this_project", "other_project"] | None


class ConnectionOut(BaseModel):
    """A connection and what it covers."""

    id: UUID
    project_id: UUID
    state: str
    communities: list[OfferedCommunity]


class Consent(BaseModel):
    """Where the person goes for VK's consent, null when none is needed."""

    authorize_url: str | None
