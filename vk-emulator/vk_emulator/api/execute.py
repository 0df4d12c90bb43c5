"""execute: VKScript with up to 25 calls in one request."""

import json
from dataclasses import replace
from typing import Any

from vk_emulator.api.errors import VkError
from vk_emulator.api.parameters import Parameters
from vk_emulator.api.registry import METHODS, Call, WholeAnswer, answered, method
from vk_emulator.model import Json
from vk_emulator.vkscript.machine import Machine, RunFailed
from vk_emulator.vkscript.parser import SyntaxWrong, parse

MOST_CALLS = 25
LARGEST_RESPONSE = 5_000_000


@method("execute", of_deleted=True, bearers=("community", "user"))
async def execute(call: Call) -> Any:
    """Run a script; a failed call gives false in its place and an element of execute_errors.

    VK: execute. Raises 12, 13, 100.
    """
    try:
        statements = parse(call.parameters.required("code"))
    except (SyntaxWrong, RecursionError) as error:
        raise VkError(12, str(error)) from None
    run = _Run(call)
    arguments = {name: value for name, value in call.parameters.values.items() if name not in ("code", "v")}
    try:
        response = await Machine(run.call_method, arguments).run(statements)
    except (RunFailed, OverflowError) as error:
        raise VkError(13, str(error)) from None
    if not _fits(response):
        raise VkError(13, "response size is too big")
    content: Json = {"response": response}
    if run.errors:
        content["execute_errors"] = run.errors
    return WholeAnswer(content)


def _fits(response: Any) -> bool:
    try:
        return len(json.dumps(response)) <= LARGEST_RESPONSE
    except (ValueError, RecursionError):
        # A list that holds itself.
        return False


class _Run:
    """The calls of one script."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._made = 0
        self.errors: list[Json] = []

    async def call_method(self, name: str, arguments: Json) -> Any:
        self._made += 1
        if self._made > MOST_CALLS:
            raise RunFailed("too many api calls")
        emulator, community_id = self._call.emulator, self._call.token.community_id
        try:
            if name not in METHODS or name == "execute":
                raise VkError(3)
            values = {key: _as_parameter(value) for key, value in arguments.items() if value is not None}
            result = await answered(replace(self._call, parameters=Parameters(values)), name)
        except VkError as error:
            self.errors.append({"method": name, "error_code": error.code, "error_msg": error.text})
            emulator.count_call(community_id, name, error.code)
            return False
        emulator.count_call(community_id, name, None)
        return result


def _as_parameter(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list) and all(isinstance(item, (int, str)) for item in value):
        return ",".join(str(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
