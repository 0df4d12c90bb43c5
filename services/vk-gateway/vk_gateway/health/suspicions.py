"""What VK says in passing of an account: every refusal of every call is heard here."""

from uuid import UUID

from shared.database.engine import Database
from shared.runtime.loops import Loop
from vk_gateway.health.actions import suspect
from vk_gateway.vk.failures import FailureClass, VkError


class Suspicions:
    """Has an account probed at once when VK refuses a call because of it.

    What is heard is kept in memory only: at worst the next probe finds it by itself.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._heard: dict[UUID, tuple[int, str]] = {}
        self.loop = Loop("vk-gateway:suspicions", self.step, interval_seconds=60.0, world=database.world)

    def hear(self, integration_id: UUID, epoch: int, error: VkError) -> None:
        """Take an error of VK's; those that concern the account are looked into."""
        if error.failure_class is FailureClass.ACCOUNT and integration_id not in self._heard:
            self._heard[integration_id] = epoch, error.reason
            self.loop.wake()

    async def step(self) -> bool:
        """Write down what was heard."""
        heard, self._heard = self._heard, {}
        for integration_id, (epoch, problem) in heard.items():
            async with self._database.write() as session:
                await suspect(session, integration_id, epoch, problem)
        return False
