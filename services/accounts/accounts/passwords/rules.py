"""Which passwords are good enough. Pure: length, and not easily guessed."""

from functools import cache
from importlib import resources
from itertools import pairwise
from unicodedata import normalize

from accounts.errors import WeakPassword

CHARACTERS_MIN = 12
CHARACTERS_MAX = 128
DISTINCT_MIN = 5
COMMON_WORDS_MAX = 2
# What people write instead of letters, and back.
LEET = str.maketrans("013457@$!", "oieastasi")
DIGITS = "01234567890"


def require_strong(password: str, *, email: str) -> None:
    """Raise WeakPassword, with a reason, for a password that is short, long or easily guessed."""
    text = normalize("NFKC", password)
    if len(text) < CHARACTERS_MIN:
        raise WeakPassword(reason="too_short")
    if len(text) > CHARACTERS_MAX:
        raise WeakPassword(reason="too_long")
    if _is_common(text.casefold(), email):
        raise WeakPassword(reason="too_common")


def _is_common(text: str, email: str) -> bool:
    if len(set(text)) < DISTINCT_MIN or _is_repeated(text) or _is_run(text):
        return True
    words = _common_words() | {email.partition("@")[0], email}
    if text in words:
        return True
    readings = {_letters(text), *(_letters(part.translate(LEET)) for part in _without_edges(text))}
    return any(_is_made_of(letters, words) for letters in readings if letters)


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalpha())


def _without_edges(text: str) -> set[str]:
    """Return the text, and the text without the digits and signs at its end, and at both ends."""
    end = max((index for index, letter in enumerate(text, 1) if letter.isalpha()), default=0)
    begin = next((index for index, letter in enumerate(text) if letter.isalpha()), 0)
    return {text, text[:end], text[begin:end]}


def _is_repeated(text: str) -> bool:
    """Whether the text is a short piece written over and over."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _is_run(text: str) -> bool:
    """Whether the text is nothing but pieces of 0123… or 9876…."""
    if not text.isdigit():
        return False
    steps = [(int(b) - int(a)) % 10 for a, b in pairwise(text) if a in DIGITS and b in DIGITS]
    return sum(step in {1, 9, 0} for step in steps) >= len(text) * 3 // 4


def _is_made_of(letters: str, words: frozenset[str] | set[str]) -> bool:
    """Whether letters are one or two common words, or one repeated; nothing else."""
    longest = max(map(len, words))
    # For each length: the smallest sets of words that spell the letters so far.
    spellings: list[set[frozenset[str]]] = [{frozenset()}, *(set() for _ in letters)]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - longest), end):
            word = letters[start:end]
            if word in words:
                spellings[end] |= {
                    used | {word} for used in spellings[start] if len(used | {word}) <= COMMON_WORDS_MAX
                }
    return bool(spellings[-1])


@cache
def _common_words() -> frozenset[str]:
    text = (resources.files("accounts.passwords") / "common.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
