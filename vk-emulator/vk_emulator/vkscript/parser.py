"""VKScript from text to a tree of tuples; (kind, …parts)."""

import re
from typing import Any

Node = tuple[Any, ...]

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<sign>@\.|[+\-*/%]=|[=!]==?|<=|>=|&&|\|\||[-+*/%<>=!(){}\[\],;:.?])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
# From the loosest to the tightest.
_LEVELS = (
    ("||",), ("&&",), ("==", "!=", "===", "!=="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"),
)  # fmt: skip
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}
_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=")
DEEPEST_NESTING = 60


class SyntaxWrong(ValueError):
    """The script cannot be understood; the text says where."""


def parse(code: str) -> list[Node]:
    """The statements of a script. Raises SyntaxWrong."""
    parser = _Parser(_tokens(code))
    statements = []
    while not parser.at_end():
        statements.append(parser.statement())
    return statements


def _tokens(code: str) -> list[tuple[str, Any, int]]:
    tokens: list[tuple[str, Any, int]] = []
    position = 0
    while position < len(code):
        match = _TOKEN.match(code, position)
        if match is None:
            raise SyntaxWrong(f"unexpected {code[position]!r} at {position}")
        kind, text = str(match.lastgroup), match[0]
        if kind == "number":
            tokens.append((kind, float(text) if re.search("[.eE]", text) else int(text), position))
        elif kind == "string":
            tokens.append((kind, _unescaped(text[1:-1]), position))
        elif kind != "space":
            tokens.append((kind, text, position))
        position = match.end()
    return tokens


def _unescaped(text: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        letter = match[1]
        return chr(int(letter[1:], 16)) if len(letter) == 5 else _ESCAPES.get(letter, letter)

    # Two halves of a pair are written apart and make one character.
    whole = _ESCAPE.sub(replaced, text)
    return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Parser:
    def __init__(self, tokens: list[tuple[str, Any, int]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def at_end(self) -> bool:
        return self._at >= len(self._tokens)

    def statement(self) -> Node:
        if self._take("{"):
            return ("block", self._block())
        if self._take(";"):
            return ("block", [])
        if self._take_word("var"):
            return self._declaration()
        if self._take_word("return"):
            value = ("value", None) if self._sees(";", "}") or self.at_end() else self.expression()
            self._end()
            return ("return", value)
        if self._take_word("if"):
            condition, then = self._condition(), self.statement()
            return ("if", condition, then, self.statement() if self._take_word("else") else None)
        if self._take_word("while"):
            return ("while", self._condition(), self.statement())
        if self._take_word("delete"):
            target = self.expression()
            self._end()
            return ("delete", self._place(target))
        return self._assignment()

    def _block(self) -> list[Node]:
        statements = []
        while not self._take("}"):
            statements.append(self.statement())
        return statements

    def _condition(self) -> Node:
        self._expect("(")
        condition = self.expression()
        self._expect(")")
        return condition

    def _declaration(self) -> Node:
        names = []
        while True:
            name = self._name()
            names.append((name, self.expression() if self._take("=") else ("value", None)))
            if not self._take(","):
                break
        self._end()
        return ("var", names)

    def _assignment(self) -> Node:
        target = self.expression()
        for sign in _ASSIGNMENTS:
            if self._take(sign):
                value = self.expression()
                self._end()
                if sign != "=":
                    value = ("binary", sign[0], target, value)
                return ("assign", self._place(target), value)
        self._end()
        return ("do", target)

    def _place(self, target: Node) -> Node:
        if target[0] not in ("name", "member"):
            raise self._wrong("nothing can be put here")
        return target

    def expression(self, level: int = 0) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        self._depth += 1
        if self._depth > DEEPEST_NESTING * len(_LEVELS):
            raise self._wrong("too deep")
        left = self.expression(level + 1)
        while (sign := self._take_any(_LEVELS[level])) is not None:
            left = ("binary", sign, left, self.expression(level + 1))
        self._depth -= 1
        return left

    def _unary(self) -> Node:
        sign = self._take_any(("!", "-", "+"))
        if sign is not None:
            self._depth += 1
            if self._depth > DEEPEST_NESTING * len(_LEVELS):
                raise self._wrong("too deep")
            operand = self._unary()
            self._depth -= 1
            return ("unary", sign, operand)
        return self._postfix(self._primary())

    def _postfix(self, value: Node) -> Node:
        while True:
            if self._take("."):
                value = ("member", value, ("value", self._name()))
            elif self._take("@."):
                value = ("each", value, self._name())
            elif self._take("["):
                value = ("member", value, self.expression())
                self._expect("]")
            elif self._take("("):
                value = ("call", value, self._list(")"))
            else:
                return value

    def _primary(self) -> Node:
        kind, text = self._next()
        if kind in ("number", "string"):
            return ("value", text)
        if kind == "name":
            return ("value", _WORDS[text]) if text in _WORDS else ("name", text)
        match text:
            case "(":
                value = self.expression()
                self._expect(")")
                return value
            case "[":
                return ("array", self._list("]"))
            case "{":
                return ("object", self._pairs())
        self._at -= 1
        raise self._wrong("a value is expected")

    def _list(self, closing: str) -> list[Node]:
        items: list[Node] = []
        while not self._take(closing):
            items.append(self.expression())
            if not self._take(","):
                self._expect(closing)
                break
        return items

    def _pairs(self) -> list[tuple[str, Node]]:
        pairs: list[tuple[str, Node]] = []
        while not self._take("}"):
            kind, key = self._next()
            if kind == "sign":
                raise self._wrong("a key is expected")
            self._expect(":")
            pairs.append((str(key), self.expression()))
            if not self._take(","):
                self._expect("}")
                break
        return pairs

    def _next(self) -> tuple[str, Any]:
        if self.at_end():
            raise self._wrong("the script ends too early")
        kind, token, _ = self._tokens[self._at]
        self._at += 1
        return kind, token

    def _name(self) -> str:
        kind, token = self._next()
        if kind != "name":
            raise self._wrong("a name is expected")
        return str(token)

    def _sees(self, *signs: str) -> bool:
        return (
            not self.at_end() and self._tokens[self._at][0] == "sign" and self._tokens[self._at][1] in signs
        )

    def _take(self, sign: str) -> bool:
        found = self._sees(sign)
        self._at += int(found)
        return found

    def _take_any(self, signs: tuple[str, ...]) -> str | None:
        return next((sign for sign in signs if self._take(sign)), None)

    def _take_word(self, word: str) -> bool:
        found = not self.at_end() and self._tokens[self._at][:2] == ("name", word)
        self._at += int(found)
        return found

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._wrong(f"`{sign}` is expected")

    def _end(self) -> None:
        if not self._take(";") and not self.at_end() and not self._sees("}"):
            raise self._wrong("`;` is expected")

    def _wrong(self, text: str) -> SyntaxWrong:
        place = "the end" if self.at_end() else str(self._tokens[self._at][2])
        return SyntaxWrong(f"{text} near {place}")
