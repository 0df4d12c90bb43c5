"""Runs a parsed VKScript; calls of API methods go to the one who asked for the run."""

import math
import re
from collections.abc import Awaitable, Callable
from typing import Any

from vk_emulator.vkscript.parser import Node

MOST_STEPS = 20_000
LARGEST_VALUE = 1_000_000

CallMethod = Callable[[str, dict[str, Any]], Awaitable[Any]]


class RunFailed(Exception):
    """The script did something it may not."""


class _Returned(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Machine:
    """One run of a script. `arguments` are what `Args.x` gives."""

    def __init__(self, call_method: CallMethod, arguments: dict[str, str]) -> None:
        self._call_method = call_method
        self._names: dict[str, Any] = {"Args": arguments}
        self._steps = 0

    async def run(self, statements: list[Node]) -> Any:
        """What the script returns, None when it does not. Raises RunFailed and what a call raises."""
        try:
            for statement in statements:
                await self._do(statement)
        except _Returned as returned:
            return returned.value
        except RecursionError:
            raise RunFailed("too deep") from None
        return None

    async def _do(self, node: Node) -> None:
        self._count()
        await getattr(self, f"_do_{node[0]}")(*node[1:])

    async def _value(self, node: Node) -> Any:
        self._count()
        return await getattr(self, f"_value_{node[0]}")(*node[1:])

    async def _do_block(self, statements: list[Node]) -> None:
        for statement in statements:
            await self._do(statement)

    async def _do_var(self, pairs: list[tuple[str, Node]]) -> None:
        for name, value in pairs:
            self._names[name] = await self._value(value)

    async def _do_assign(self, target: Node, value: Node) -> None:
        await self._assign(target, await self._value(value))

    async def _do_delete(self, target: Node) -> None:
        if target[0] == "name":
            self._names.pop(target[1], None)
            return
        owner, key = await self._value(target[1]), await self._value(target[2])
        if isinstance(owner, dict):
            owner.pop(_text(key), None)

    async def _do_if(self, condition: Node, then: Node, otherwise: Node | None) -> None:
        chosen = then if _truth(await self._value(condition)) else otherwise
        if chosen is not None:
            await self._do(chosen)

    async def _do_while(self, condition: Node, body: Node) -> None:
        while _truth(await self._value(condition)):
            await self._do(body)

    async def _do_return(self, value: Node) -> None:
        raise _Returned(await self._value(value))

    async def _do_do(self, value: Node) -> None:
        await self._value(value)

    async def _assign(self, target: Node, value: Any) -> None:
        if target[0] == "name":
            self._names[target[1]] = value
            return
        owner, key = await self._value(target[1]), await self._value(target[2])
        if isinstance(owner, dict):
            owner[_text(key)] = value
        elif isinstance(owner, list):
            index = int(_number(key))
            if not 0 <= index <= LARGEST_VALUE:
                raise RunFailed("index out of range")
            owner.extend([None] * (index + 1 - len(owner)))
            owner[index] = value
        else:
            raise RunFailed("can't set a field of this value")

    async def _value_value(self, value: Any) -> Any:
        return value

    async def _value_name(self, name: str) -> Any:
        return self._names.get(name)

    async def _value_array(self, items: list[Node]) -> Any:
        return [await self._value(item) for item in items]

    async def _value_object(self, pairs: list[tuple[str, Node]]) -> Any:
        return {key: await self._value(value) for key, value in pairs}

    async def _value_unary(self, sign: str, operand: Node) -> Any:
        value = await self._value(operand)
        return not _truth(value) if sign == "!" else _number(value) * (-1 if sign == "-" else 1)

    async def _value_member(self, owner: Node, key: Node) -> Any:
        return _member(await self._value(owner), await self._value(key))

    async def _value_each(self, owner: Node, name: str) -> Any:
        items = await self._value(owner)
        return [_member(item, name) for item in items] if isinstance(items, list) else None

    async def _value_binary(self, sign: str, left: Node, right: Node) -> Any:
        first = await self._value(left)
        if sign == "&&":
            return await self._value(right) if _truth(first) else first
        if sign == "||":
            return first if _truth(first) else await self._value(right)
        return _operated(sign, first, await self._value(right))

    async def _value_call(self, target: Node, arguments: list[Node]) -> Any:
        values = [await self._value(argument) for argument in arguments]
        match target:
            case ("member", ("member", ("name", "API"), ("value", section)), ("value", name)):
                given = values[0] if values else {}
                if not isinstance(given, dict):
                    raise RunFailed("a method takes an object")
                return await self._call_method(f"{section}.{name}", given)
            case ("name", "parseInt"):
                match = re.match(r"\s*[+-]?\d+", _text(values[0])) if values else None
                return int(match[0]) if match else 0
            case ("name", "parseDouble"):
                match = re.match(r"\s*[+-]?\d+(\.\d+)?", _text(values[0])) if values else None
                return float(match[0]) if match else 0
            case ("member", owner, ("value", name)):
                return _method(await self._value(owner), name, values)
        raise RunFailed("there is no such function")

    def _count(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise RunFailed("too many operations")


def _member(owner: Any, key: Any) -> Any:
    if isinstance(owner, dict):
        return owner.get(_text(key))
    if isinstance(owner, (list, str)):
        if key == "length":
            return len(owner)
        if isinstance(key, (int, float)) and 0 <= key < len(owner):
            return owner[int(key)]
    return None


def _operated(sign: str, left: Any, right: Any) -> Any:
    match sign:
        case "+":
            return _added(left, right)
        case "==" | "===":
            return _same(left, right)
        case "!=" | "!==":
            return not _same(left, right)
        case "<" | ">" | "<=" | ">=":
            both_texts = isinstance(left, str) and isinstance(right, str)
            first, second = (left, right) if both_texts else (_number(left), _number(right))
            return {"<": first < second, ">": first > second, "<=": first <= second, ">=": first >= second}[
                sign
            ]
    first, second = _number(left), _number(right)
    if sign == "-":
        return first - second
    if sign == "*":
        return _bounded(first * second)
    if not second:
        raise RunFailed("division by zero")
    if sign == "%":
        return (
            math.fmod(first, second) if isinstance(first + second, float) else int(math.fmod(first, second))
        )
    quotient = first / second
    return int(quotient) if quotient.is_integer() else quotient


def _added(left: Any, right: Any) -> Any:
    if isinstance(left, list) and isinstance(right, list):
        return _bounded(left + right)
    if isinstance(left, str) or isinstance(right, str):
        return _bounded(_text(left) + _text(right))
    return _bounded(_number(left) + _number(right))


def _bounded(value: Any) -> Any:
    too_large = len(value) > LARGEST_VALUE if isinstance(value, (str, list)) else abs(value) > 2**63
    if too_large:
        raise RunFailed("a value is too large")
    return value


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, (str, list, dict)) == isinstance(right, (str, list, dict)):
        return bool(left == right)
    if left is None or right is None:
        return False
    return _text(left) == _text(right)


def _method(owner: Any, name: str, values: list[Any]) -> Any:
    try:
        if isinstance(owner, list):
            return _LIST_METHODS[name](owner, values)
        if isinstance(owner, str):
            return _TEXT_METHODS[name](owner, values)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError):
        raise RunFailed(f"{name} cannot be called so") from None
    raise RunFailed(f"this value has no {name}")


def _push(owner: list[Any], values: list[Any]) -> int:
    owner.extend(values)
    _bounded(owner)
    return len(owner)


def _unshift(owner: list[Any], values: list[Any]) -> int:
    owner[:0] = values
    _bounded(owner)
    return len(owner)


def _splice(owner: list[Any], values: list[Any]) -> list[Any]:
    start = int(values[0])
    end = start + int(values[1]) if len(values) > 1 else len(owner)
    removed = owner[start:end]
    owner[start:end] = values[2:]
    return removed


def _slice(owner: Any, values: list[Any]) -> Any:
    return owner[slice(*(None if value is None else int(value) for value in [*values, None][:2]))]


def _substr(owner: str, values: list[Any]) -> str:
    start = int(values[0])
    start = max(len(owner) + start, 0) if start < 0 else start
    return owner[start : start + int(values[1])] if len(values) > 1 else owner[start:]


_LIST_METHODS: dict[str, Callable[[list[Any], list[Any]], Any]] = {
    "push": _push,
    "pop": lambda owner, values: owner.pop() if owner else None,
    "shift": lambda owner, values: owner.pop(0) if owner else None,
    "unshift": _unshift,
    "slice": _slice,
    "splice": _splice,
    "indexOf": lambda owner, values: owner.index(values[0]) if values[0] in owner else -1,
    "join": lambda owner, values: _text(values[0] if values else ",").join(_text(item) for item in owner),
}
_TEXT_METHODS: dict[str, Callable[[str, list[Any]], Any]] = {
    "substr": _substr,
    "slice": _slice,
    "split": lambda owner, values: owner.split(values[0]) if values[0] else list(owner),
    "indexOf": lambda owner, values: owner.find(_text(values[0])),
}


def _truth(value: Any) -> bool:
    return bool(value) or isinstance(value, (list, dict))


def _number(value: Any) -> int | float:
    if isinstance(value, (bool, int, float)):
        return int(value) if isinstance(value, bool) else value
    try:
        return float(value) if "." in str(value) else int(value)
    except (TypeError, ValueError):
        return 0


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    if isinstance(value, list):
        return ",".join(_text(item) for item in value)
    return "[object Object]" if isinstance(value, dict) else str(value)
