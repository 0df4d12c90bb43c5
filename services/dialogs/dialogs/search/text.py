"""What equals what in a search, and what is shown of a find. Pure; the same for texts and questions.

Case, ё and е, compatible forms (ﬁ and fi), accents written apart, invisible signs and the kind and number
of blanks make no difference.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

CHARACTERS_MAX = 20_000
TERMS_MAX = 8
# The indexes know parts of three signs and more.
INDEXED_CHARACTERS = 3
SNIPPET_BEFORE = 40
SNIPPET_CHARACTERS = 160

_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x2060, 0xFE0E, 0xFE0F, 0xFEFF])
_SAME = {**_INVISIBLE, ord("ё"): "е"}


def folded(text: str) -> str:
    """Return a text as it is compared, at most 20,000 signs of it."""
    if text.isascii():
        return " ".join(text.lower().split())[:CHARACTERS_MAX]
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(plain.translate(_SAME).split())[:CHARACTERS_MAX]


def terms_of(question: str) -> tuple[str, ...]:
    """Return the parts that a text must all contain. A question of very many words is one part."""
    words = dict.fromkeys(folded(question).split())
    if len(words) > TERMS_MAX:
        return (folded(question),)
    return tuple(word for word in words if not any(word != other and word in other for other in words))


def matches(text: str, terms: Iterable[str]) -> bool:
    """Whether a folded text is a find."""
    return all(term in text for term in terms)


@dataclass(frozen=True)
class Piece:
    """A stretch of a snippet."""

    text: str
    is_match: bool


def snippet_of(text: str, terms: Iterable[str]) -> list[Piece]:
    """Return a text's surroundings of the first match, in pieces. Without one, the beginning."""
    whole = unicodedata.normalize("NFC", text[:CHARACTERS_MAX])
    plain, origins = _traced(whole)
    spans = sorted(span for term in terms for span in _spans(plain, term))
    start = max(0, origins[spans[0][0]] - SNIPPET_BEFORE) if spans else 0
    end = min(len(whole), start + SNIPPET_CHARACTERS)
    pieces = [Piece("…", is_match=False)] if start else []
    reached = start
    for first, behind in spans:
        begins, ends = max(origins[first], reached), min(origins[behind - 1] + 1, end)
        if begins < ends:
            pieces += [Piece(whole[reached:begins], is_match=False), Piece(whole[begins:ends], is_match=True)]
            reached = ends
    pieces += [Piece(whole[reached:end], is_match=False)]
    pieces += [Piece("…", is_match=False)] if end < len(whole) else []
    return [piece for piece in pieces if piece.text]


def _spans(plain: str, term: str) -> list[tuple[int, int]]:
    found = []
    at = plain.find(term)
    while at >= 0:
        found.append((at, at + len(term)))
        at = plain.find(term, at + len(term))
    return found


def _traced(text: str) -> tuple[str, list[int]]:
    """Fold sign by sign; says for each sign of the outcome which one of `text` it comes from."""
    plain: list[str] = []
    origins: list[int] = []
    for position, sign in enumerate(text):
        for each in _fold_sign(sign):
            if each == " " and plain and plain[-1] == " ":
                continue
            plain.append(each)
            origins.append(position)
    return "".join(plain), origins


@lru_cache(maxsize=4096)
def _fold_sign(sign: str) -> str:
    return " " if sign.isspace() else folded(sign)
