"""The confirmation handshake of a callback server."""

import json
from dataclasses import dataclass

from vk_emulator.assumptions import Assumptions
from vk_emulator.clock import Clock
from vk_emulator.faults import Faults
from vk_emulator.model import CallbackServer, Community, Json
from vk_emulator.outbound import Outbound
from vk_emulator.world import World


@dataclass
class Handshake:
    """Asks a server for the community's confirmation code and notes whether it knew it."""

    world: World
    clock: Clock
    faults: Faults
    assumptions: Assumptions
    outbound: Outbound

    async def confirm(self, community: Community, server: CallbackServer) -> None:
        """Post `confirmation` and set the server's status to ok or failed; the code is used up either way."""
        expected = community.confirmation_code
        if self.faults.strike(community.id, "bad_confirmation"):
            expected = self.clock.hexadecimal(8)
        question: Json = {"type": "confirmation", "group_id": community.id}
        if server.secret_key and self.assumptions.secret_in_confirmation:
            question["secret"] = server.secret_key
        answer = await self.outbound.post(
            server.url,
            json.dumps(question),
            {"Content-Type": "application/json"},
            timeout_seconds=self.assumptions.request_timeout_seconds,
        )
        known = answer.status == 200 and answer.body == expected.encode()
        server.status = "ok" if known else "failed"
        server.failures_in_a_row = 0
        server.paused_until = 0.0
        community.confirmation_code = self.clock.hexadecimal(8)
        # The person may have deleted the entry while its server was thinking.
        if self.world.servers[community.id].get(server.id) is server:
            self.world.save(server)
        self.world.save(community)
