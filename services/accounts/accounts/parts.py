"""What accounts works with besides a transaction."""

from dataclasses import dataclass

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
