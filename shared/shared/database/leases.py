"""Fenced leases: work that only one process may do at a time, and may lose without noticing.

A lease is a row with a holder, an end and a fencing number that grows with each new holder. Whoever writes
under a lease stores or compares the number, so a process that slept past its lease cannot overwrite the
work of the next one. The end is reckoned by the database's clock, not by ours.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Float, MetaData, String, Table, case, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from shared.database.session import Session

lease_table = Table(
    "lease",
    MetaData(),
    Column("name", String(200), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("ends_at", Float, nullable=False),
)


@dataclass(frozen=True)
class Lease:
    """Proof of holding a lease; `fence` grows with each new holder."""

    name: str
    holder: str
    fence: int


def _database_seconds(session: Session) -> ColumnElement[float]:
    if session.is_postgresql:
        return func.extract("epoch", func.clock_timestamp()).cast(Float)
    return ((func.julianday("now") - 2440587.5) * 86400.0).cast(Float)


async def hold_lease(session: Session, name: str, *, holder: str, seconds: float) -> Lease | None:
    """Take a free or ended lease, or prolong our own. Returns None while somebody else holds it."""
    now = _database_seconds(session)
    insert = postgresql.insert if session.is_postgresql else sqlite.insert
    ours = lease_table.c.holder == holder
    first = insert(lease_table).values(name=name, holder=holder, fence=1, ends_at=now + seconds)
    statement = first.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "holder": holder,
            "fence": case((ours, lease_table.c.fence), else_=lease_table.c.fence + literal(1)),
            "ends_at": now + seconds,
        },
        where=ours | (lease_table.c.ends_at < now),
    ).returning(lease_table.c.fence)
    fence = (await session.execute(statement)).scalar_one_or_none()
    return None if fence is None else Lease(name, holder, fence)


async def release_leases(session: Session, holder: str) -> None:
    """Give back everything a process holds, keeping the fencing numbers."""
    await session.execute(
        lease_table.update().where(lease_table.c.holder == holder).values(holder="", ends_at=0.0)
    )


async def release_lease(session: Session, lease: Lease) -> None:
    """Give one lease back before its end, unless somebody else has it by now."""
    ours = (lease_table.c.name == lease.name) & (lease_table.c.fence == lease.fence)
    await session.execute(lease_table.update().where(ours).values(holder="", ends_at=0.0))


async def forget_holders(session: Session) -> None:
    """End every lease: right only where one process owns the whole database (SQLite)."""
    await session.execute(lease_table.update().values(holder="", ends_at=0.0))


async def still_held(session: Session, lease: Lease) -> bool:
    """Tell whether nobody has taken the lease over; locks its row until the transaction ends."""
    statement = select(lease_table.c.fence).where(lease_table.c.name == lease.name)
    if session.is_postgresql:
        statement = statement.with_for_update()
    return (await session.execute(statement)).scalar_one_or_none() == lease.fence
