"""Reads about visits."""

from sqlalchemy import select

from dialogs.tables import Dialog, VisitMark
from dialogs.visits.schemas import VisitOut
from shared.database.session import Session


async def find_visit(session: Session, dialog: Dialog) -> VisitOut | None:
    """Return the visit that brought the customer here last, if one is known."""
    query = (
        select(VisitMark)
        .where(
            VisitMark.dialog_id == dialog.id,
            VisitMark.page_url.is_not(None),
            VisitMark.said_at <= VisitMark.expires_at,
        )
        .order_by(VisitMark.number.desc(), VisitMark.mark)
        .limit(1)
    )
    found = (await session.scalars(query)).one_or_none()
    if found is None or found.page_url is None or found.marked_at is None:
        return None
    return VisitOut(
        page_url=found.page_url,
        page_title=found.page_title,
        referrer=found.referrer,
        campaign=found.campaign or {},
        at=found.marked_at,
    )
