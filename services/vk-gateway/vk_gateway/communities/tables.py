"""What is kept of the addresses at which VK reaches us."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from vk_gateway.table_root import Base


class CallbackAddress(Base):
    """A path and a secret for VK's callbacks of one community, written down before VK hears of them.

    The latest of an epoch is the one that VK shall have. `retired_at` is when VK was seen to have a later
    one; what it had sent before may still come. Rows stay: by its path a server of ours is known for ever.
    """

    __tablename__ = "callback_address"

    path_hash: Mapped[bytes] = mapped_column(primary_key=True)
    integration_id: Mapped[UUID] = mapped_column(index=True)
    project_id: Mapped[UUID]
    community_id: Mapped[int] = mapped_column(index=True)
    epoch: Mapped[int]
    path_sealed: Mapped[str]
    secret_sealed: Mapped[str]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
