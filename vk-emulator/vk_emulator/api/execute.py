"""execute: the small part of VKScript that client libraries generate.

`return API.a.b({...});` and `return [API.a.b({...}), API.c.d({...})];` with JSON arguments.
"""

import json
import re
from dataclasses import replace
from typing import Any

from vk_emulator.api.errors import VkError
from vk_emulator.api.parameters import Parameters
from vk_emulator.api.registry import METHODS, Call, WholeAnswer, answered, method
from vk_emulator.model import Json

MOST_CALLS = 25
_CALL = re.compile(r"\s*API\.([A-Za-z]+\.[A-Za-z]+)\s*\(\s*")
_JSON = json.JSONDecoder()

InnerCall = tuple[str, Json]


@method("execute", of_deleted=True)
async def execute(call: Call) -> Any:
    """Run up to 25 calls as one request; a failed one gives false and an element of execute_errors.

    VK: execute. Raises 12, 13, 100.
    """
    calls, is_list = compiled(call.parameters.required("code"))
    if len(calls) > MOST_CALLS:
        raise VkError(13, "too many api calls")
    results: list[Any] = []
    errors: list[Json] = []
    for name, arguments in calls:
        try:
            results.append(await _inner(call, name, arguments))
            call.emulator.count_call(call.community.id, name, None)
        except VkError as error:
            results.append(False)
            errors.append({"method": name, "error_code": error.code, "error_msg": error.text})
            call.emulator.count_call(call.community.id, name, error.code)
    content: Json = {"response": results if is_list else results[0]}
    if errors:
        content["execute_errors"] = errors
    return WholeAnswer(content)


def compiled(code: str) -> tuple[list[InnerCall], bool]:
    """The calls of a script, and whether it returns a list of them. Raises 12."""
    script = code.strip()
    if not script.startswith("return"):
        raise VkError(12, "only `return` of calls is understood here")
    position = len("return")
    is_list = script[position:].lstrip().startswith("[")
    if is_list:
        position = script.index("[", position) + 1
    calls: list[InnerCall] = []
    while True:
        found, position = _read_call(script, position)
        calls.append(found)
        separator = script[position:].lstrip()[:1]
        if not (is_list and separator == ","):
            break
        position = script.index(",", position) + 1
    ending = re.sub(r"\s", "", script[position:])
    if ending not in (("]", "];", ",]", ",];") if is_list else ("", ";")):
        raise VkError(12, f"unexpected text near {position}")
    return calls, is_list


def _read_call(script: str, position: int) -> tuple[InnerCall, int]:
    head = _CALL.match(script, position)
    if head is None:
        raise VkError(12, f"a call is expected near {position}")
    position = head.end()
    arguments: Any = {}
    if script[position : position + 1] != ")":
        try:
            arguments, position = _JSON.raw_decode(script, position)
        except ValueError:
            raise VkError(12, f"an object is expected near {position}") from None
    closing = re.compile(r"\s*\)").match(script, position)
    if closing is None or not isinstance(arguments, dict):
        raise VkError(12, f"`)` is expected near {position}")
    return (head[1], arguments), closing.end()


async def _inner(call: Call, name: str, arguments: Json) -> Any:
    if name not in METHODS or name == "execute":
        raise VkError(3)
    values = {key: _as_parameter(value) for key, value in arguments.items() if value is not None}
    return await answered(replace(call, parameters=Parameters(values)), name)


def _as_parameter(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list) and all(isinstance(item, (int, str)) for item in value):
        return ",".join(str(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
