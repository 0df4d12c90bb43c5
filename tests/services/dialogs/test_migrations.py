"""The migrations make exactly the tables that the code uses, keep what is there, and can be taken back."""

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from dialogs.search.catch_up import catch_up
from dialogs.tables import Base, Case, Dialog
from shared.database.engine import Database
from shared.database.migrate import differences, downgrade, upgrade
from shared.database.session import Session
from shared.runtime.world import World
from tests.services.dialogs.cabinet import USER, Cabinet, moment, open_cabinet


@pytest.mark.parametrize("url_fixture", ["sqlite_url", "postgres_database"])
async def test_the_chain_goes_up_and_down_and_up(url_fixture: str, request: pytest.FixtureRequest) -> None:
    database = Database(request.getfixturevalue(url_fixture), World())

    await upgrade(database, "dialogs")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences, Base.metadata) == []
    await downgrade(database, "dialogs", revision="base")
    await upgrade(database, "dialogs")

    await database.close()


@pytest.mark.parametrize("url_fixture", ["sqlite_url", "postgres_database"])
async def test_conversations_of_an_earlier_version_go_on(
    url_fixture: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(url_fixture)
    database = Database(url, World())
    await upgrade(database, "dialogs", revision="0003")
    old = Conversation()
    async with database.write() as session:
        await old.store(session)
    await database.close()

    async with open_cabinet(url) as cabinet:
        cabinet.project, cabinet.integration = old.project, old.integration
        while await catch_up(cabinet.service.database):
            pass
        await old.is_whole(cabinet)


class Conversation:
    """A customer's two messages and our reply, on its way, as the spine kept them."""

    def __init__(self) -> None:
        self.project, self.integration, self.contact, self.dialog = (uuid4() for _ in range(4))
        self.cases = [uuid4(), uuid4()]
        self.messages = [uuid4() for _ in range(3)]

    async def store(self, session: Session) -> None:
        its: dict[str, Any] = {"project_id": self.project}
        await _insert(session, "project", id=self.project, name="Магазин", version=0)
        facts = {"channel": "vk", "community_id": 77, "epoch": 1, "version": 1, "state": "active"}
        names = {"deleted": False, "names_version": 1, "name": "Кофейня", "screen_name": "coffee"}
        await _insert(session, "integration", id=self.integration, **its, **facts, **names)
        its |= {"integration_id": self.integration}
        await _insert(session, "contact", id=self.contact, **its, external_id=USER, name="Пётр")
        numbers = {"closed_through": 0, "last_number": 2, "answered_through": 1, "unanswered_from": 2}
        last = {"last_message_id": self.messages[2], "last_anchor": 2, "last_sub": 0, "message_count": 3}
        times = {"unanswered_since": moment(2), "last_activity_at": moment(2), "created_at": moment(1)}
        await _insert(
            session,
            "dialog",
            id=self.dialog,
            contact_id=self.contact,
            state="new",
            case_id=self.cases[1],
            next_reply_number=2,
            version=3,
            **its,
            **numbers,
            **last,
            **times,
        )
        its = {"project_id": self.project, "dialog_id": self.dialog}
        closed = {"closed_at": moment(2), "closed_through": 1}
        await _insert(session, "case_", id=self.cases[0], **its, opened_at=moment(1), **closed)
        await _insert(session, "case_", id=self.cases[1], **its, opened_at=moment(3))
        its |= {"unsupported": False, "source": "live"}
        its |= {"epoch": 1, "version": 1}
        customers = {"author": "customer", "state": "received", "sub": 0}
        ours = {"author": "operator", "author_id": uuid4(), "author_name": "Анна", "state": "queued"}
        ours |= {"client_id": "c", "number": 1, "sub": 1, "answers_through": 1, "anchor": 1}
        for message_id, text, more in (
            (self.messages[0], "Есть ли ёлки?", {"conversation_message_id": 1, "anchor": 1, **customers}),
            (self.messages[1], "Да", ours),
            (self.messages[2], "Сколько?", {"conversation_message_id": 2, "anchor": 2, **customers}),
        ):
            await _insert(
                session, "message", id=message_id, text=text, sent_at=moment(len(text)), **its, **more
            )

    async def is_whole(self, cabinet: Cabinet) -> None:
        async with cabinet.service.database.read() as session:
            cases = [await session.get_one(Case, case_id) for case_id in self.cases]
            stands = await session.get_one(Dialog, self.dialog)
        assert [(one.opened_after, one.asked_number, one.first_answer_id) for one in cases] == [
            (0, 1, self.messages[1]),
            (1, 2, None),
        ]
        assert (stands.asked_number, stands.answered_number) == (2, None)
        dialog = await cabinet.only_dialog()
        assert (dialog["id"], dialog["unread_count"], dialog["can_reply"]["allowed"]) == (
            str(self.dialog),
            1,
            True,
        )
        (counters,) = (await cabinet.call("GET", f"/counters?project_ids={self.project}"))["items"]
        assert (counters["new"], counters["unread"], counters["unanswered"], counters["dot"]) == (
            1,
            1,
            1,
            "blue",
        )
        found = await cabinet.call("GET", f"/search?project_id={self.project}&q=ЕЛКИ")
        assert [one["message_id"] for one in found["items"]] == [str(self.messages[0])]
        (named,) = (await cabinet.call("GET", f"?project_id={self.project}&tab=any&q=петр"))["items"]
        assert named["id"] == str(self.dialog)
        # The reply was under way, and its edit and its twin are as those of any other.
        reply_id = str(self.messages[1])
        await cabinet.hear(cabinet.staff(3, "Да"), cabinet.sent(reply_id, 3), batch=False)
        shown = await cabinet.messages(dialog["id"])
        assert [(one["text"], one["state"]) for one in shown] == [
            ("Есть ли ёлки?", "received"),
            ("Сколько?", "received"),
            ("Да", "sent"),
        ]
        again = await cabinet.reply(dialog["id"], "Да", client_id="c")
        assert again["id"] == reply_id
        await cabinet.hear(cabinet.edited(1, "Есть ли ели?"))
        assert (await cabinet.messages(dialog["id"]))[0]["edits"] == 1


async def _insert(session: Session, name: str, /, **values: Any) -> None:
    columns = Base.metadata.tables[name].c
    table = sa.table(name, *(sa.column(each, columns[each].type) for each in values))
    await session.execute(sa.insert(table).values(values))
