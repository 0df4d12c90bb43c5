"""One running Otklik as a test sees it: people on one side, VK on the other, the same in both shapes."""

import itertools
from collections.abc import Mapping
from contextlib import AsyncExitStack

import httpx

from tests.support.suite.people import DEMO_EMAIL, DEMO_PASSWORD, Operator, Project
from tests.support.suite.shapes import Deployment, Program
from tests.support.suite.vk import Vk

_numbers = itertools.count(1)


class Suite:
    """Clients of a deployment for one test, closed with it."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.url = deployment.url
        self._open = AsyncExitStack()
        self.vk = Vk(deployment.emulator_url, self._client())

    @property
    def shape(self) -> str:
        """`embedded` or `distributed`."""
        return self.deployment.shape

    @property
    def processes(self) -> Mapping[str, Program]:
        """The programs that it consists of, by name, to be killed and started."""
        return self.deployment.processes

    async def operator(self, email: str = DEMO_EMAIL, password: str = DEMO_PASSWORD) -> Operator:
        """Sign a person in with a browser of their own."""
        operator = self.visitor()
        await operator.sign_in(email, password)
        return operator

    def visitor(self) -> Operator:
        """Give a browser in which nobody has signed in."""
        headers = {"X-Otklik-Request": "1", "Origin": self.url}
        return Operator(self._client(base_url=self.url, headers=headers))

    def outsider(self) -> httpx.AsyncClient:
        """Give a client that knows only our address: a website, VK, a stranger."""
        return self._client(base_url=self.url)

    async def new_project(self, name: str | None = None) -> Project:
        """Make a project that nobody else uses, with an operator who owns it."""
        operator = await self.operator()
        return await operator.new_project(name or f"Проект {next(_numbers)}")

    async def close(self) -> None:
        """Close every client."""
        await self._open.aclose()

    def _client(self, **options: object) -> httpx.AsyncClient:
        client = httpx.AsyncClient(timeout=60.0, trust_env=False, **options)  # type: ignore[arg-type]  # passed on
        self._open.push_async_callback(client.aclose)
        return client
