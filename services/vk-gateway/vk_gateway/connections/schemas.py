"""What goes in and out of the connections' endpoints."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from vk_gateway.connections.states import ConnectionState, Method


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


class LinkIn(_Input):
    """A link to a community as people have it: an address in VK, a short name, a number."""

    link: Annotated[str, Field(min_length=1, max_length=500)]


class MessagesIn(_Input):
    """That the community's messages shall be switched on, on an administrator's word."""

    enabled: Literal[True]


class ConnectionMade(BaseModel):
    """A connection; `authorize_url` is where the person goes next, null when nowhere."""

    id: UUID
    state: ConnectionState
    authorize_url: str | None


class OfferedCommunity(BaseModel):
    """A community that the connection is about. Null means that VK does not tell.

    `claimed_by` says whose it is already, never by name.
    """

    community_id: int
    name: str
    screen_name: str
    avatar_url: str | None
    is_admin: bool | None
    role: str | None
    messages_enabled: bool | None
    claimed_by: Literal["this_project", "other_project"] | None


class PersonOut(BaseModel):
    """Who signed in with VK."""

    id: int
    name: str | None
    avatar_url: str | None


class ConnectionOut(BaseModel):
    """A connection: how far it is, and which communities it is about.

    While `choosing`, `communities` are those to choose from; `lists_communities` false says that VK did not
    tell them, and a link is needed. Once `ready` they are those that may be saved. `failure` says why it
    ended, `expires_at` when its present state ends by itself.
    """

    id: UUID
    project_id: UUID
    method: Method
    state: ConnectionState
    failure: str | None
    expires_at: datetime
    person: PersonOut | None
    lists_communities: bool | None
    communities: list[OfferedCommunity]


class CheckOut(BaseModel):
    """A line of the list that is looked through before saving; cause and cure are stable codes."""

    model_config = ConfigDict(from_attributes=True)

    check: Literal["administrator", "messages", "rights", "callback_slot", "address", "upload"]
    state: Literal["passed", "failed", "unknown", "warning"]
    cause: str | None
    cure: str | None
    details: list[str]


class ChecksOut(BaseModel):
    """The whole list."""

    items: list[CheckOut]


class Consent(BaseModel):
    """Where the person goes for VK's consent, null when none is needed."""

    authorize_url: str | None
