"""Counting failed sign-ins per account and per address.

A try counts as failed from before its password is checked until it has succeeded, so that many at once
cannot slip through between the check and the count.
"""

import math
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, select, update

from accounts.attempts.rules import ACCOUNT, ADDRESS, Limit, recent, waits_until_ms
from accounts.errors import TooManyAttempts
from accounts.tables import Attempts
from shared.database.inserts import inserted
from shared.database.session import Session

IPV6_NETWORK_BITS = 64


@dataclass(frozen=True)
class Attempt:
    """One try to sign in, counted as failed until it has succeeded."""

    account: str
    address: str
    at_ms: int


async def begin_attempt(session: Session, *, email: str, address: str) -> Attempt:
    """Count a try. Raises TooManyAttempts, and counts nothing, when it came too early."""
    now_ms = int(session.now.timestamp() * 1000)
    attempt = Attempt(_account_subject(email), _address_subject(address), now_ms)
    # Always the address first, so that two tries never wait for each other.
    limits = ((attempt.address, ADDRESS), (attempt.account, ACCOUNT))
    known = [(subject, limit, await _lock(session, subject)) for subject, limit in limits]
    allowed_ms = max(waits_until_ms(failures, limit, now_ms) for _, limit, failures in known)
    if allowed_ms > now_ms:
        raise TooManyAttempts(retry_after_seconds=max(1, math.ceil((allowed_ms - now_ms) / 1000)))
    for subject, limit, failures in known:
        await _store(session, subject, limit, [*failures, now_ms], now_ms)
    return attempt


async def forgive_attempt(session: Session, attempt: Attempt) -> None:
    """Take back a try that succeeded, and forget the account's failures. The address keeps its own."""
    failures = await _lock(session, attempt.address)
    if attempt.at_ms in failures:
        failures.remove(attempt.at_ms)
        await _store(session, attempt.address, ADDRESS, failures, attempt.at_ms)
    await session.execute(delete(Attempts).where(Attempts.subject == attempt.account))


async def _lock(session: Session, subject: str) -> list[int]:
    await inserted(
        session, Attempts, conflict=["subject"], subject=subject, failures_ms=[], updated_at=session.now
    )
    query = select(Attempts.failures_ms).where(Attempts.subject == subject).with_for_update()
    return list((await session.execute(query)).scalar_one())


async def _store(session: Session, subject: str, limit: Limit, failures: list[int], now_ms: int) -> None:
    kept = recent(failures, limit, now_ms)
    await session.execute(
        update(Attempts).where(Attempts.subject == subject).values(failures_ms=kept, updated_at=session.now)
    )


def _account_subject(email: str) -> str:
    # Hashed: people type their password into the wrong field.
    return f"account:{sha256(email.encode()).hexdigest()}"


def _address_subject(address: str) -> str:
    """Name an address; a whole IPv6 network counts as one, since one person has all of it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "address:unknown"
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    if isinstance(parsed, IPv6Address):
        return f"address:{ip_network((parsed, IPV6_NETWORK_BITS), strict=False)}"
    return f"address:{parsed}"
