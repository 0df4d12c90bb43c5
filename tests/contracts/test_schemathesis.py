"""Calls made of the OpenAPI descriptions, valid and invalid, as everybody: answers are what was described.

Ids that a call names are mostly real ones, so that it comes further than to "not found". What uses things up
comes last, and nobody deletes the project itself.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.http.access import Role
from tests.contracts.operations import OPERATIONS
from tests.contracts.tenants import Otklik, Tenant, open_otklik

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLES = 8
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SERVICES = ["accounts", "vk-gateway", "integrations", "dialogs", "widget-config"]
# Its answer has no end, and what it sends is no document.
STREAMS = {"GET /api/v1/dialogs/changes"}
USE_UP = {operation.call for operation in OPERATIONS if operation.uses_up}


class Neighbourhood:
    """Otklik with a project, and everybody who may call: with a token, or without one."""

    def __init__(self, otklik: Otklik, tenant: Tenant, tokens: dict[str, str | None]) -> None:
        self.otklik = otklik
        self.tenant = tenant
        self.tokens = tokens

    def headers(self, caller: str) -> dict[str, str]:
        """What a caller says of themselves."""
        token = self.tokens[caller]
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    def put_ids(self, case: Case) -> None:
        """Put the project's own ids where a call names any."""
        things = {name: thing for name, thing in self.tenant.things.items() if name != "token"}
        for part in (case.path_parameters, case.query, case.body):
            if isinstance(part, dict):
                part |= {name: things[name] for name in part.keys() & things.keys()}
        if (case.method, case.path) == ("DELETE", "/api/v1/accounts/projects/{project_id}"):
            case.path_parameters["project_id"] = str(self.otklik.services["accounts"].world.new_id())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def neighbourhood(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Neighbourhood]:
    async with open_otklik(tmp_path_factory.mktemp("schemathesis")) as otklik:
        tenant, stranger = await otklik.new_tenant("A"), await otklik.new_tenant("B")
        tokens: dict[str, str | None] = {"nobody": None, "stranger": stranger.owner.token}
        tokens |= {str(role): tenant.people[role].token for role in Role}
        tokens["API key"] = (await otklik.new_api_key(tenant, Role.ADMIN))["key"]
        yield Neighbourhood(otklik, tenant, tokens)


@pytest.mark.parametrize("name", SERVICES)
async def test_answers_are_what_was_described(neighbourhood: Neighbourhood, name: str) -> None:
    described = neighbourhood.otklik.services[name].api.openapi()
    schema = schemathesis.openapi.from_dict(described)
    operations = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        if _call_of(result.ok()) not in STREAMS:
            operations.append(result.ok())
    for operation in sorted(operations, key=lambda one: _call_of(one) in USE_UP):
        await asyncio.to_thread(_try_everything, neighbourhood, operation)


def _call_of(operation: APIOperation) -> str:
    return f"{operation.method.upper()} {operation.path}"


def _try_everything(neighbourhood: Neighbourhood, operation: APIOperation) -> None:
    callers = st.sampled_from(sorted(neighbourhood.tokens))
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    cases = st.one_of(*(operation.as_strategy(mode) for mode in modes))

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, caller=callers, own=st.integers(0, 3))
    def call(case: Case, caller: str, own: int) -> None:
        if own:
            neighbourhood.put_ids(case)
        headers: dict[str, Any] = neighbourhood.headers(caller)
        answer = case.call(base_url=neighbourhood.otklik.url, headers=headers, timeout=60)
        case.validate_response(answer, checks=CHECKS, headers=headers)

    call()
