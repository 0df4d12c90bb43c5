"""Nothing is lost, doubled or reordered while every process of Otklik is killed again and again."""

import secrets

import pytest

from tests.chaos.trial import run_trial
from tests.chaos.troubles import QUICK_SWEEPS
from tests.support.servers import PostgresServer, RabbitServer, ServerUnavailable
from tests.support.suite.shapes import Distributed, Embedded

SECONDS = 30.0


@pytest.mark.timeout(420)
async def test_every_promise_survives_kills_of_the_embedded_process_and_of_vk() -> None:
    deployment = Embedded(env=QUICK_SWEEPS)
    deployment.start()
    try:
        verdict = await run_trial(deployment, [], seed=secrets.randbelow(10**6), seconds=SECONDS)
    finally:
        deployment.close()
    print(verdict.as_text())
    assert not verdict.broken, verdict.as_text()


@pytest.mark.timeout(420)
async def test_every_promise_survives_kills_of_services_database_and_broker(
    durable_postgres_server: PostgresServer, rabbit_server: RabbitServer
) -> None:
    try:
        deployment = Distributed("chaos", durable_postgres_server, rabbit_server, QUICK_SWEEPS)
    except ServerUnavailable as error:
        pytest.skip(f"no distributed shape here: {error}")
    deployment.start()
    servers: list[PostgresServer | RabbitServer] = [durable_postgres_server, rabbit_server]
    try:
        verdict = await run_trial(deployment, servers, seed=secrets.randbelow(10**6), seconds=SECONDS)
    finally:
        deployment.close()
    print(verdict.as_text())
    assert not verdict.broken, verdict.as_text()
