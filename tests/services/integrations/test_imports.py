"""Earlier messages: asked for with the connection or later, followed, cancelled."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.events.channel import ImportProgressed, ImportState
from shared.events.integrations import ImportCancelled, ImportRequested, IntegrationCreated
from tests.services.integrations.opened import Registry

SHOP = uuid4()
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def progress(
    made: dict[str, Any],
    import_id: UUID | str,
    second: int,
    state: ImportState = ImportState.RUNNING,
    **more: Any,
) -> ImportProgressed:
    facts: dict[str, Any] = {
        "dialogs_done": second,
        "dialogs_total": 60,
        "messages_done": second * 10,
        "messages_total": 600,
        "per_second": 10.0,
        "seconds_left": 60 - second,
        "depth": "month",
        "epoch": made["epoch"],
        **more,
    }
    return ImportProgressed(
        project_id=UUID(made["project_id"]),
        integration_id=UUID(made["id"]),
        import_id=UUID(str(import_id)),
        state=state,
        told_at=NOON + timedelta(seconds=second),
        **facts,
    )


async def shown(registry: Registry, made: dict[str, Any]) -> Any:
    return (await registry.read(SHOP, made["id"]))["history_import"]


async def test_an_import_asked_for_later_is_followed_to_its_end(each_registry: Registry) -> None:
    registry = each_registry
    made = (await registry.connect(SHOP, 7)).json()
    assert made["history_import"] is None

    asked = await registry.call("POST", made, "imports", json={"depth": "month"})
    again = await registry.call("POST", made, "imports", json={"depth": "month"})
    more = await registry.call("POST", made, "imports", json={"depth": "all"})

    assert (asked.status_code, again.json()) == (202, asked.json())
    assert (more.status_code, more.json()["code"]) == (409, "import_running")
    [wish] = [event for event in await registry.said() if isinstance(event, ImportRequested)]
    number = str(wish.import_id)
    assert (wish.depth, asked.json()["import_id"], asked.json()["state"]) == ("month", number, "requested")
    for second in (5, 20, 10):
        await registry.tell(progress(made, number, second))
    await registry.tell(progress(made, uuid4(), 30))
    await registry.tell(progress(made, number, 40, epoch=2))
    running = await shown(registry, made)
    assert (running["state"], running["messages_done"], running["seconds_left"]) == ("running", 200, 40)
    await registry.tell(progress(made, number, 60, ImportState.DONE))
    await registry.tell(progress(made, number, 61))
    assert (await shown(registry, made))["state"] == "done"
    kinds = [line["kind"] for line in await registry.timeline(SHOP, made["id"])]
    assert kinds == ["import_done", "import_started", "import_requested", "connected"]


async def test_an_import_that_comes_with_the_connection_is_cancelled_before_it_has_a_number(
    registry: Registry,
) -> None:
    made = (await registry.connect(SHOP, 7, history="all")).json()
    [created] = [event for event in await registry.said() if isinstance(event, IntegrationCreated)]
    assert (created.history, made["history_import"]["state"]) == ("all", "requested")

    for _ in range(2):
        assert (await registry.call("DELETE", made, "imports/current")).status_code == 204
    assert (await shown(registry, made))["cancelling"]
    number = uuid4()
    for second in (1, 2):
        await registry.tell(progress(made, number, second, depth="all"))

    [cancelled] = [event for event in await registry.said() if isinstance(event, ImportCancelled)]
    assert cancelled.import_id == number
    await registry.tell(progress(made, number, 3, ImportState.CANCELLED, depth="all"))
    ended = await shown(registry, made)
    assert (ended["state"], ended["cancelling"]) == ("cancelled", False)
    assert (await registry.call("DELETE", made, "imports/current")).status_code == 204
    once_more = await registry.call("POST", made, "imports", json={"depth": "all"})
    assert once_more.json()["state"] == "requested"


async def test_a_reconnect_imports_what_has_not_come(registry: Registry) -> None:
    """The gateway begins nothing with the news of a reconnect once an import ran: it is asked by itself."""
    made = (await registry.connect(SHOP, 7, history="month")).json()
    first = uuid4()
    await registry.tell(progress(made, first, 2, ImportState.DONE))

    same = (await registry.connect(SHOP, 7, history="month")).json()
    assert (same["history_import"]["state"], same["history_import"]["import_id"]) == ("done", str(first))
    more = (await registry.connect(SHOP, 7, history="all")).json()
    again = (await registry.connect(SHOP, 7, history="all")).json()

    [wish] = [event for event in await registry.said() if isinstance(event, ImportRequested)]
    number = str(wish.import_id)
    assert (wish.depth, more["history_import"]["import_id"]) == ("all", number)
    assert again["history_import"] == more["history_import"]
    await registry.tell(progress(made, number, 5, ImportState.DONE, depth="all"))
    assert (await shown(registry, made))["state"] == "done"


async def test_the_end_of_an_import_is_heard_from_a_clock_that_is_behind(registry: Registry) -> None:
    made = (await registry.connect(SHOP, 7, history="month")).json()
    number = uuid4()

    await registry.tell(progress(made, number, 20))
    await registry.tell(progress(made, number, 15, ImportState.DONE))

    assert (await shown(registry, made))["state"] == "done"


async def test_an_import_cancelled_before_the_gateway_heard_of_it_is_cancelled_once_it_begins(
    registry: Registry,
) -> None:
    made = (await registry.connect(SHOP, 7)).json()
    number = UUID((await registry.call("POST", made, "imports", json={"depth": "all"})).json()["import_id"])
    await registry.call("DELETE", made, "imports/current")

    # It heard of the end first.
    await registry.tell(progress(made, number, 1, depth="all"))

    words = [event.import_id for event in await registry.said() if isinstance(event, ImportCancelled)]
    assert words == [number, number]


async def test_a_life_that_is_over_imports_nothing_and_a_new_one_starts_clean(registry: Registry) -> None:
    made = (await registry.connect(SHOP, 7, history="month")).json()
    await registry.delete(SHOP, made["id"])

    refused = await registry.call("POST", made, "imports", json={"depth": "all"})

    assert (refused.status_code, refused.json()["code"]) == (409, "integration_deleted")
    assert (await registry.call("DELETE", made, "imports/current")).status_code == 204
    assert (await registry.connect(SHOP, 7)).json()["history_import"] is None
