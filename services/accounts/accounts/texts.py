"""The texts people type, bounded and freed of what no database and no screen can hold."""

from typing import Annotated
from unicodedata import normalize

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
EMAIL = r"^[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,180}$"
PASSWORD_CHARACTERS_MAX = 128


def _normalised_email(email: str) -> str:
    return normalize("NFC", email).lower()


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=EMAIL),
    AfterValidator(_normalised_email),
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=PRINTABLE)
]
PasswordText = Annotated[SecretStr, Field(min_length=1, max_length=PASSWORD_CHARACTERS_MAX)]
