"""What the endpoints of accounts work with besides a transaction."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from accounts.keys.signing import SigningKeys
from accounts.passwords.hashing import PasswordHasher
from accounts.settings import AccountsSettings
from shared.database.engine import Database
from shared.http.access import Guard


@dataclass(frozen=True)
class Parts:
    """Made once by `build`."""

    settings: AccountsSettings
    database: Database
    hasher: PasswordHasher
    keys: SigningKeys
    guard: Guard


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.accounts
    return parts


PartsOfRequest = Annotated[Parts, Depends(_parts)]
