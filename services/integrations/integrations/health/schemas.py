"""What the API tells of a check."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class CheckOut(BaseModel):
    """A check under way; `checking_since` of the integration is null again once the gateway has answered."""

    request_id: UUID
    requested_at: datetime
