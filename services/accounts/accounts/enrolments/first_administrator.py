"""The way in for the very first person: a one-time link, printed where only the installer looks."""

from sqlalchemy import select

from accounts.enrolments.actions import (
    invite_first_administrator,
    withdraw_first_administrator,
)
from accounts.enrolments.links import NewEnrolment
from accounts.parts import Parts
from accounts.tables import Operator
from shared.runtime.service import Service


async def announce_first_administrator(parts: Parts) -> None:
    """Print a link when nobody can sign in yet. Of several processes one prints it, once in 24 hours."""
    async with parts.database.write() as session:
        able = Operator.password_hash.is_not(None) & Operator.is_demo.is_(False)
        if (await session.execute(select(Operator.id).where(able).limit(1))).scalar_one_or_none() is not None:
            return
        made = await invite_first_administrator(session, parts.settings)
    if made is not None:
        _print(made)


async def print_new_link(service: Service) -> None:
    """Print a new link; one made earlier stops working."""
    parts: Parts = service.api.state.accounts
    async with parts.database.write() as session:
        await withdraw_first_administrator(session)
        made = await invite_first_administrator(session, parts.settings)
    if made is not None:
        _print(made)


def _print(made: NewEnrolment) -> None:
    # Past the log on purpose: logs travel, and this line is a key to the house.
    text = f"First administrator (works once, until {made.expires_at:%F %R} UTC): {made.url}"
    print(text, flush=True)  # noqa: T201 - see above
