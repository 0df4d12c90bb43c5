"""What we make of an integration's state. No database, no clock."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

DELETED = "deleted"
SHOWN_STATES = ("active", "attention")
UNAVAILABLE = "unavailable"
_SCREEN_NAME = re.compile(r"[A-Za-z0-9_.]{1,64}")


@dataclass(frozen=True)
class Description:
    """How an integration's community is called and looks."""

    name: str
    screen_name: str
    avatar_url: str | None


@dataclass(frozen=True)
class Snapshot:
    """An integration as of `version`; without a description where the source does not tell it."""

    integration_id: UUID
    project_id: UUID
    channel: str
    community_id: int
    epoch: int
    version: int
    state: str
    description: Description | None = None


def is_shown(state: str, *, even_unavailable: bool = False) -> bool:
    """Whether visitors see the button of an integration in this state; unknown states are hidden."""
    return state in SHOWN_STATES or (even_unavailable and state == UNAVAILABLE)


def is_sure(confirmed_at: datetime | None, now: datetime, sure_for: timedelta) -> bool:
    """Whether what we know of a state is recent enough to be shown."""
    return confirmed_at is not None and now - confirmed_at <= sure_for


def link_to(community_id: int, screen_name: str) -> str:
    """Return the address of the dialog with a VK community; a strange screen name never gets into it."""
    fits = _SCREEN_NAME.fullmatch(screen_name) is not None
    return f"https://vk.me/{screen_name if fits else f'club{community_id}'}"
