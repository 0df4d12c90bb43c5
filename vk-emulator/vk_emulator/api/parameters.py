"""Parameters of one call, read as the types VK uses on the wire; everything wrong is error 100."""

import json
from typing import Any

from vk_emulator.api.errors import missing_or_invalid


class Parameters:
    """The strings a caller passed."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    def text(self, name: str, otherwise: str = "") -> str:
        """The value as it came."""
        return self.values.get(name, otherwise)

    def has(self, name: str) -> bool:
        """Whether the parameter was given and is not empty."""
        return bool(self.values.get(name))

    def required(self, name: str) -> str:
        """The value; must not be empty."""
        value = self.values.get(name, "")
        if not value:
            raise missing_or_invalid(f"{name} is a required parameter")
        return value

    def integer(self, name: str, otherwise: int = 0) -> int:
        """A whole number."""
        return self.required_integer(name) if self.has(name) else otherwise

    def required_integer(self, name: str) -> int:
        """A whole number that must be given."""
        return _integer(name, self.required(name))

    def bounded(self, name: str, otherwise: int, *, lowest: int, highest: int) -> int:
        """A whole number, cut to its bounds as VK does with counts."""
        return max(lowest, min(self.integer(name, otherwise), highest))

    def flag(self, name: str) -> bool:
        """1 or 0; absent is 0."""
        return self.values.get(name, "0").lower() not in ("", "0", "false")

    def words(self, name: str) -> list[str]:
        """A list joined with commas."""
        return [word.strip() for word in self.values.get(name, "").split(",") if word.strip()]

    def integers(self, name: str, *, most: int) -> list[int]:
        """A list of whole numbers joined with commas."""
        numbers = [_integer(name, word) for word in self.words(name)]
        if len(numbers) > most:
            raise missing_or_invalid(f"{name} should be at most {most} items")
        return numbers

    def document(self, name: str) -> Any:
        """A parameter that holds JSON."""
        try:
            return json.loads(self.values[name])
        except ValueError:
            raise missing_or_invalid(f"{name} is not valid JSON") from None


def _integer(name: str, value: str) -> int:
    digits = value.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 20):
        raise missing_or_invalid(f"{name} not integer")
    return int(value)
