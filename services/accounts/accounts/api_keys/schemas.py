"""What goes in and out about API keys."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from accounts.texts import Name
from shared.http.access import Role


class ApiKeyIn(BaseModel):
    """A key's name, and what it may do in the project."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    role: Role


class ApiKeyOut(BaseModel):
    """A key as the people of its project see it. `prefix` is how it begins; the rest is known to nobody."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    role: Role
    prefix: str
    created_at: datetime
    last_used_at: datetime | None


class ApiKeyMadeOut(ApiKeyOut):
    """A key that was just made; `key` is shown this once."""

    key: str


class AccessTokenOut(BaseModel):
    """A short access token for `Authorization: Bearer`."""

    access_token: str
    expires_at: datetime
