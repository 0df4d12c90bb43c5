"""Making the calls of the matrix: callers on either side of the walls, ids of either."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from shared.http.access import Role
from tests.contracts.operations import Least, Operation
from tests.contracts.tenants import Answer, Otklik, Person, Tenant

NUMBERS = {"community_id"}
UNKNOWN_NUMBER = 999_999_999


@dataclass
class Caller:
    """Somebody on one side of the walls. `role` is what they have in project A."""

    name: str
    person: Person | None
    role: Role | None
    at_home_in: Tenant | None


@dataclass
class Walls:
    """Otklik with projects A (whose ids are `own`), B (`foreign`) and C (where the stranger is at home)."""

    otklik: Otklik
    own: Tenant
    foreign: Tenant
    elsewhere: Tenant

    def callers(self) -> list[Caller]:
        insiders = [Caller(role, self.own.people[role], role, self.own) for role in Role]
        stranger = Caller("stranger", self.elsewhere.owner, None, self.elsewhere)
        return [Caller("nobody", None, None, None), stranger, *insiders]

    async def try_it(self, operation: Operation, caller: Caller, changes: dict[str, Any]) -> Answer:
        """Make the call with A's ids, but for the changes; nothing of the others may be in the answer."""
        new = {"new_email": f"new-{uuid4().hex}@walls.example", "new_word": uuid4().hex}
        things = {**self.own.things, **new, **changes}
        request = {
            "path": filled(operation.path, things),
            "body": filled(operation.body, things),
            "query": filled(operation.query, things),
        }
        answer = await self.otklik.call_as(caller.person, operation.method, **request)
        self._look_for_canaries(operation, caller, json.dumps(request, ensure_ascii=False), answer)
        return answer

    def _look_for_canaries(self, operation: Operation, caller: Caller, request: str, answer: Answer) -> None:
        free = operation.least is Least.ANYBODY
        for tenant in (self.own, self.foreign, self.elsewhere):
            if tenant is caller.at_home_in or (free and tenant is self.own):
                continue
            seen = {canary for canary in tenant.canaries() if canary in answer.text}
            assert not {canary for canary in seen if canary not in request}, (
                f"{caller.name} sees {seen} of project {tenant.letter}: {request} -> {answer.text}"
            )


def places(operation: Operation) -> list[str]:
    """The ids that a call names."""
    text = json.dumps([operation.path, operation.query, operation.body])
    return [name for name in ALL_PLACES if f"{{{name}}}" in text]


ALL_PLACES = (
    "project_id",
    "person_id",
    "token",
    "connection_id",
    "integration_id",
    "community_id",
    "file_id",
    "dialog_id",
    "message_id",
    "tag_id",
    "quick_answer_id",
    "note_id",
    "operator_id",
    "widget_id",
    "public_key",
    "key_id",
    "session_id",
)


def filled(template: Any, things: dict[str, Any]) -> Any:
    """Put ids where a template says so."""
    match template:
        case dict():
            return {name: filled(value, things) for name, value in template.items()}
        case list():
            return [filled(value, things) for value in template]
        case str() if template[1:-1] in things and template == f"{{{template[1:-1]}}}":
            return things[template[1:-1]]
        case str() if template.startswith("/"):
            return template.format_map({"number": 1, **things})
        case _:
            return template


def unknown(place: str) -> Any:
    return UNKNOWN_NUMBER if place in NUMBERS else str(uuid4())


def told(answer: Answer, *ids: Any) -> tuple[int, str]:
    """What an answer tells, but for the ids that the caller gave."""
    text = answer.text
    for number, given in enumerate(ids):
        text = text.replace(str(given), f"<{number}>")
    document = json.loads(text) if text.startswith("{") else {"text": text}
    return answer.status, json.dumps({**document, "correlation_id": None}, sort_keys=True)
