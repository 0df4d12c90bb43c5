"""Rounds of lives during one trial, and what can be seen of them afterwards."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from tests.chaos.lives import BEGINS_AGAIN, ENDS, STAYS, Document, Life, Plan
from tests.chaos.load import all_pages
from tests.chaos.patience import pause
from tests.chaos.troubles import CONSENT_FAULTS, FAULTS
from tests.support.suite import Suite
from tests.support.suite.people import Project

ROUNDS_MAX = 4
ROUND_SECONDS_MIN = 25.0


@dataclass
class Rounds:
    """Three lives at a time in a project of their own."""

    suite: Suite
    project: Project
    chance: random.Random
    lives: list[Life] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @classmethod
    async def open(cls, suite: Suite, chance: random.Random) -> "Rounds":
        """Make the project, and let VK be as difficult about consent as it may be."""
        rounds = cls(suite, await suite.new_project("Приходят и уходят"), chance)
        await suite.vk.call("POST", "/app", {"groups_scope": "granted", "token_shape": "groups"})
        for fault in CONSENT_FAULTS:
            await suite.vk.call("POST", "/app/faults", fault)
        return rounds

    async def run(self, seconds: float, *, until: asyncio.Event) -> None:
        """Begin a round now and then; what has begun is lived to its end."""
        every = max(ROUND_SECONDS_MIN, seconds / ROUNDS_MAX)
        while not until.is_set():
            await asyncio.gather(
                pause(every, until), *(self._live(plan) for plan in (STAYS, ENDS, BEGINS_AGAIN))
            )

    async def _live(self, plan: Plan) -> None:
        life = Life(self.suite, self.project, random.Random(self.chance.random()), plan, FAULTS)
        self.lives.append(life)
        try:
            await life.run()
        except (AssertionError, httpx.HTTPError) as error:
            self.failures.append(f"{life.name}: {error!r}")

    async def let_vk_be(self) -> None:
        """Take VK's troubles away."""
        await self.suite.vk.call("DELETE", "/app/faults")
        for life in self.lives:
            await self.suite.vk.remove_faults(life.community)

    async def are_quiet(self, ended_at: datetime) -> bool:
        """Whether every life is what it shall be; fails with what is not."""
        for life in self.lives:
            servers = (await self.suite.vk.look(life.community))["callback_servers"]
            if not life.plan.ends_living:
                assert not servers, f"{life.name}: {servers}"
                continue
            await self.suite.vk.change(life.community, "deliveries/retry-now")
            path = f"/communities/{life.community.id}/deliveries?state=pending&limit=1"
            assert not (await self.suite.vk.call("GET", path))["items"], f"{life.name}: deliveries"
            shown = await self._integration(life)
            what = f"{life.name}: {shown}"
            assert shown["state"] == "active", what
            assert shown["history_import"], what
            assert shown["history_import"]["state"] == "done", what
            assert shown["gaps_open"] == 0, what
            assert datetime.fromisoformat(shown["checked_until"]) > ended_at, what
        return True

    async def documents(self) -> list[Document]:
        """Read everything that anybody can see of each life, as its checker takes it."""
        calls = [await self._calls(life) for life in self.lives]
        documents = [await self._document(life) for life in self.lives]
        for life, before, document in zip(self.lives, calls, documents, strict=True):
            document["calls"] = [before, await self._calls(life)]
        return documents

    async def _integration(self, life: Life) -> Document:
        found: Document = await self.project.operator.get(f"/api/v1/integrations/{life.integration_id}")
        return found

    async def _calls(self, life: Life) -> int:
        """How often VK was asked about the community."""
        made = await self.suite.vk.call("GET", f"/communities/{life.community.id}/calls")
        return sum(each["count"] for each in made["items"])

    async def _document(self, life: Life) -> Document:
        get = self.project.operator.get
        listed = await all_pages(self.project, "/api/v1/integrations", "cursor", project_id=self.project.id)
        threads = [
            {
                "dialog": dialog,
                "messages": await all_pages(
                    self.project, f"/api/v1/dialogs/{dialog['id']}/messages", "before", backwards=True
                ),
            }
            for dialog in await life.dialogs()
        ]
        return {
            "name": life.name,
            "is_living": life.plan.ends_living,
            "epoch": 2 if life.plan.begins_again else 1,
            "ledgers": {user: await self.suite.vk.ledger(life.community, int(user)) for user in life.past},
            "written": life.written,
            "dialogs": threads,
            "past": life.past,
            "silent": life.silent,
            "seen": life.seen,
            "gone_at": life.gone_at,
            "replies": life.replies,
            "listed": [one for one in listed if one["community_id"] == life.community.id],
            "integration": await self._integration(life),
            "servers": (await self.suite.vk.look(life.community))["callback_servers"],
            "connections": [
                (await get(f"/api/v1/vk/connections/{one}"))["state"] for one in life.connections
            ],
        }

    def figures(self) -> dict[str, int]:
        """What there was."""
        return {
            "lives": len(self.lives),
            "connects": sum(len(life.connections) for life in self.lives),
            "imported": sum(sum(life.past.values()) for life in self.lives),
        }
