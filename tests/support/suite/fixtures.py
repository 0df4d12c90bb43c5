"""The fixtures that hand out running suites: each shape is started at first use and kept."""

import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.support.servers import PostgresServer, RabbitServer, ServerUnavailable
from tests.support.suite import Suite
from tests.support.suite.shapes import Deployment, Distributed, Embedded

SHAPES = ("embedded", "distributed")
# What a shape needs of the session's servers, by the names of their fixtures.
SERVERS = {"distributed": ("postgres_server", "rabbit_server")}
# So that a journey lives to see what else takes minutes: an account is given up, a recovery is believed.
QUICK_LIVES = {"INTEGRATIONS_ACCOUNT_SECONDS": "2", "INTEGRATIONS_HOLD_SECONDS": "1"}

_numbers = itertools.count(1)
NewDeployment = Callable[[str], Deployment]


@pytest.fixture(scope="session")
def new_deployment(request: pytest.FixtureRequest) -> Iterator[NewDeployment]:
    """Makes a deployment of a shape and starts it; all of them end with the session."""
    made: list[Deployment] = []

    def make(shape: str) -> Deployment:
        deployment = _deployment(request, shape)
        made.append(deployment)
        deployment.start()
        return deployment

    yield make
    for deployment in made:
        deployment.close()


def _deployment(request: pytest.FixtureRequest, shape: str) -> Deployment:
    if shape == "embedded":
        return Embedded(env=QUICK_LIVES)
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    rabbit: RabbitServer = request.getfixturevalue("rabbit_server")
    try:
        # The process number keeps two runs apart that share a server given by address.
        return Distributed(f"suite_{os.getpid()}_{next(_numbers)}", postgres, rabbit, QUICK_LIVES)
    except ServerUnavailable as error:
        pytest.skip(f"no distributed shape here: {error}")


@pytest.fixture(scope="session")
def kept_deployments() -> dict[str, Deployment]:
    """The deployments that tests share, by shape."""
    return {}


@pytest.fixture(params=SHAPES)
async def suite(
    request: pytest.FixtureRequest, new_deployment: NewDeployment, kept_deployments: dict[str, Deployment]
) -> AsyncIterator[Suite]:
    """A running Otklik in each of the two shapes, with clients of the test's own."""
    shape = request.param
    if shape not in kept_deployments:
        kept_deployments[shape] = new_deployment(shape)
    opened = Suite(kept_deployments[shape])
    yield opened
    await opened.close()
