"""What was written before a community was connected."""

from typing import Any

import pytest

from tests.support.suite import Suite
from tests.support.suite.fixtures import NewDeployment
from tests.support.suite.shapes import Deployment, Embedded
from tests.support.waiting import wait_until

DIALOGS, EACH = 4, 500


@pytest.fixture(scope="module")
def embedded(new_deployment: NewDeployment) -> Embedded:
    """An embedded Otklik that these tests may kill."""
    deployment: Deployment = new_deployment("embedded")
    assert isinstance(deployment, Embedded)
    return deployment


async def test_a_killed_process_goes_on_with_its_import(embedded: Embedded) -> None:
    suite = Suite(embedded)
    project = await suite.new_project()
    community = await suite.vk.new_community()
    past = {"dialogs": DIALOGS, "messages_each": EACH, "days": 200}
    made = await suite.vk.call("POST", f"/communities/{community.id}/history", past)
    connection = await project.key_connection(community.key)
    wanted: dict[str, Any] = {"project_id": project.id, "channel": "vk", "history": "all"}
    wanted |= {"connection_id": connection["id"], "community_id": community.id}
    integration = await project.operator.post("/api/v1/integrations", wanted)

    async def progress() -> dict[str, Any]:
        found = await project.operator.get(f"/api/v1/integrations/{integration['id']}")
        told: dict[str, Any] = found["history_import"] or {}
        return told

    async def has_begun() -> bool:
        return bool((await progress()).get("messages_done"))

    async def is_done() -> bool:
        return (await progress()).get("state") == "done"

    await wait_until(has_begun, 60, "the first messages of the import")
    embedded.process.kill()
    embedded.start()
    await wait_until(is_done, 90, "the end of the import")

    assert (await progress())["messages_done"] == DIALOGS * EACH
    assert await project.dialogs("all") == []
    assert {one["unread_count"] for one in await project.dialogs("closed")} == {0}
    for user in made["user_ids"]:
        dialog = await project.dialog_with(user, "closed")
        assert dialog["unanswered_since"] is None
        ledger = await suite.vk.ledger(community, user)
        thread = await _thread(project.operator, dialog["id"])
        assert [one["text"] for one in thread] == [one["text"] for one in ledger]
        assert {one["source"] for one in thread} == {"history"}
    await suite.close()


async def _thread(operator: Any, dialog_id: str) -> list[dict[str, Any]]:
    """A dialog's whole thread, oldest first."""
    items: list[dict[str, Any]] = []
    parameters = {"limit": "100"}
    while True:
        page = await operator.get(f"/api/v1/dialogs/{dialog_id}/messages", **parameters)
        items = [*page["items"], *items]
        if not page["next_cursor"]:
            return items
        parameters["before"] = page["next_cursor"]
