"""Reading the audit log."""

from uuid import UUID, uuid4

from shared.events.audit import ActionRecorded
from tests.services.accounts.opened import PREFIX, Accounts, Browser
from tests.support.post import letter_of


async def project_of(browser: Browser) -> str:
    return str((await browser.get(f"{PREFIX}/projects")).json()["items"][0]["id"])


async def test_pages_newest_first_and_one_action_only(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    for name in ("Раз", "Два", "Три"):
        await owner.patch(f"{PREFIX}/projects/{project}", json={"name": name})
        accounts.clock.forward(seconds=1)
    await owner.add(project, "new@shop.example")
    audit = f"{PREFIX}/projects/{project}/audit"

    renamed = (await owner.get(f"{audit}?action=project_renamed&limit=2")).json()
    rest = await owner.get(f"{audit}?action=project_renamed&limit=2&cursor={renamed['next_cursor']}")
    everything = (await owner.get(audit)).json()["items"]

    assert [line["details"]["name"] for line in renamed["items"]] == ["Три", "Два"]
    assert [line["details"]["name"] for line in rest.json()["items"]] == ["Раз"]
    assert rest.json()["next_cursor"] is None
    assert everything[0]["action"] == "person_added"
    assert everything[0]["details"] == {"role": "operator"}
    foreign = await owner.get(f"{audit}?cursor={renamed['next_cursor']}")
    assert foreign.json()["code"] == "invalid_cursor"


async def test_what_other_services_tell_is_kept_once(accounts: Accounts) -> None:
    owner = await accounts.owner()
    project = await project_of(owner)
    told = ActionRecorded(
        project_id=UUID(project),
        action="integrations.connected",
        operator_id=UUID(await owner.own_id()),
        subject_id=uuid4(),
        subject_name="Кофейня",
        at=accounts.clock.now(),
    )
    by_itself = told.model_copy(update={"operator_id": None, "action": "integrations.deleted"})
    letter = letter_of(told)
    accounts.clock.forward(seconds=1)
    for letters in ([letter], [letter], [letter_of(by_itself)]):
        await accounts.service.bus.publish(letters)
        accounts.clock.forward(seconds=1)

    lines = (await owner.get(f"{PREFIX}/projects/{project}/audit?limit=2")).json()["items"]

    assert [line["action"] for line in lines] == ["integrations.deleted", "integrations.connected"]
    assert lines[0]["actor"] is None
    assert lines[1]["actor"]["name"] == "Анна"
    assert lines[1]["subject_id"] == str(told.subject_id)
    assert lines[1]["details"] == {"name": "Кофейня"}
