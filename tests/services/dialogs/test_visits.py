"""A visitor of a site goes on in the messenger: the mark that went along brings page and campaign."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from dialogs.exports.exporters import Exporters
from dialogs.exports.rules import SiteDialog
from dialogs.tables import Dialog, VisitMark
from dialogs.visits.actions import forget_lone_halves
from shared.events.accounts import ProjectDeleted
from shared.events.channel import MessageReceived
from shared.events.content import Content
from shared.events.envelope import Event
from shared.events.widgets import VisitMarked
from tests.services.dialogs.cabinet import T0, Cabinet, letter, moment, open_cabinet
from tests.services.dialogs.streams import listening, serving
from tests.support.waiting import wait_until

MARK = "m" * 43
VISIT = {
    "page_url": "https://shop.example/tea",
    "page_title": "Чай",
    "referrer": "https://search.example/",
    "campaign": {"utm_source": "autumn"},
}


def visit(cabinet: Cabinet, mark: str = MARK, minutes: int = 0, **more: Any) -> VisitMarked:
    """A click so many minutes after T0; its mark counts for an hour."""
    facts: dict[str, Any] = {
        "project_id": cabinet.project,
        "integration_id": cabinet.integration,
        "widget_id": uuid4(),
        "mark": mark,
        **VISIT,
        "marked_at": moment(minutes),
        "expires_at": moment(minutes + 60),
    }
    return VisitMarked(**(facts | more))


def came(cabinet: Cabinet, number: int, mark: str = MARK, **more: Any) -> MessageReceived:
    return cabinet.wrote(number, content=Content(ref=mark), **more)


async def shown(cabinet: Cabinet, user: str | None = None) -> Any:
    items = await cabinet.tab("all")
    (dialog,) = [one for one in items if user in {None, one["contact"]["external_id"]}]
    return (await cabinet.call("GET", f"/{dialog['id']}"))["visit"]


async def test_every_order_brings_the_visit_into_the_dialog_once(cabinet: Cabinet) -> None:
    told: list[list[Event]] = []
    for turn, order in enumerate(permutations(range(4))):
        user, mark = f"u{turn}", f"{MARK}{turn}"
        message = came(cabinet, 3, mark, user=user)
        events: list[Event] = [visit(cabinet, mark), message, message, cabinet.wrote(4, user=user)]
        other = visit(cabinet, mark, minutes=1, page_url="https://shop.example/else")
        told.append([*(events[index] for index in order), other])

    for step in range(5):
        await cabinet.hear(*(events[step] for events in told))

    expected = {**VISIT, "at": T0.isoformat().replace("+00:00", "Z")}
    dialogs = await cabinet.tab("new")
    assert len(dialogs) == 24
    for dialog in dialogs:
        assert (await cabinet.call("GET", f"/{dialog['id']}"))["visit"] == expected, dialog["contact"]


async def test_a_mark_counts_once_and_for_its_own_community_alone(cabinet_on_postgresql: Cabinet) -> None:
    cabinet = cabinet_on_postgresql
    foreign = visit(cabinet, "foreign", integration_id=uuid4())
    other_project = visit(cabinet, "other", project_id=uuid4())
    await cabinet.hear(visit(cabinet), foreign, other_project, came(cabinet, 1))

    await cabinet.hear(came(cabinet, 2, user="thief"))
    await cabinet.hear(came(cabinet, 3, "foreign", user="b"), came(cabinet, 3, "other", user="c"))

    assert await shown(cabinet, "501") is not None
    assert [await shown(cabinet, user) for user in ("thief", "b", "c")] == [None] * 3


@pytest.mark.parametrize("message_first", [False, True])
async def test_a_mark_that_is_too_old_says_nothing(cabinet: Cabinet, message_first: bool) -> None:
    events: list[Event] = [visit(cabinet), came(cabinet, 61)]
    await cabinet.hear(*(events[::-1] if message_first else events), batch=False)

    assert await shown(cabinet) is None


async def test_the_latest_visit_is_shown_and_told_to_open_cabinets(cabinet: Cabinet) -> None:
    await cabinet.hear(visit(cabinet), came(cabinet, 1), came(cabinet, 9, "second"))
    dialog = await cabinet.only_dialog()
    query = f"project_id={cabinet.project}"
    async with serving(cabinet) as address, listening(address, query, cabinet.headers()) as stream:
        await cabinet.hear(visit(cabinet, "second", 8, page_url="https://shop.example/coffee"))
        (change,) = await stream.heard(1)

    assert (change["kind"], change["dialog"]["id"]) == ("dialog_changed", dialog["id"])
    assert (await shown(cabinet))["page_url"] == "https://shop.example/coffee"


async def test_many_marks_and_messages_at_the_same_moment_all_find_each_other(
    cabinet_on_postgresql: Cabinet,
) -> None:
    cabinet = cabinet_on_postgresql
    events = [
        event
        for number in range(12)
        for event in (
            visit(cabinet, f"mark-{number}"),
            came(cabinet, 2, f"mark-{number}", user=f"u{number}"),
        )
    ]
    deliver, database = cabinet.service.consumer.deliver, cabinet.service.database
    await asyncio.gather(*(deliver(database, [letter(event)]) for event in events))

    async def all_found() -> bool:
        await cabinet.service.consumer.retry(database)
        return all([await shown(cabinet, f"u{number}") for number in range(12)])

    await wait_until(all_found, describe="every dialog has its visit")


async def test_what_never_met_is_forgotten_and_a_deleted_project_keeps_nothing(cabinet: Cabinet) -> None:
    old = visit(cabinet, "lone", marked_at=T0 - timedelta(days=900), expires_at=T0 - timedelta(days=800))
    await cabinet.hear(old, visit(cabinet), came(cabinet, 1))

    await forget_lone_halves(cabinet.service.database)
    assert await _marks(cabinet) == [MARK]
    await cabinet.hear(ProjectDeleted(project_id=cabinet.project))

    async def is_empty() -> bool:
        return await _marks(cabinet) == []

    await wait_until(is_empty, describe="the project's rows are gone")
    await cabinet.hear(visit(cabinet, "late"))
    assert await _marks(cabinet) == []


async def _marks(cabinet: Cabinet) -> list[str]:
    async with cabinet.service.database.read() as session:
        return list(await session.scalars(select(VisitMark.mark)))


@dataclass
class Recorder:
    """An exporter that keeps what it gets."""

    name: str = "metrica"
    got: list[SiteDialog] = field(default_factory=list)

    async def export(self, dialog: SiteDialog) -> None:
        self.got.append(dialog)


async def test_a_community_s_dialog_never_goes_to_metrica(ready_url: str) -> None:
    recorder = Recorder()
    async with open_cabinet(ready_url, exporters=[recorder]) as cabinet:
        await cabinet.connect()
        await cabinet.hear(visit(cabinet), came(cabinet, 1), cabinet.wrote(1, user="on-site"))
        dialogs = {one["contact"]["external_id"]: UUID(one["id"]) for one in await cabinet.tab("new")}
        exporters: Exporters = cabinet.service.api.state.exporters
        async with cabinet.service.database.write() as session:
            (await session.get_one(Dialog, dialogs["on-site"])).site_session = "ym-1"
        async with cabinet.service.database.read() as session:
            offered = {
                user: await exporters.offer(await session.get_one(Dialog, dialog_id))
                for user, dialog_id in dialogs.items()
            }
        views = {user: await cabinet.call("GET", f"/{dialog_id}") for user, dialog_id in dialogs.items()}

    assert offered == {"501": [], "on-site": ["metrica"]}
    assert recorder.got == [SiteDialog(dialogs["on-site"], cabinet.project, "ym-1")]
    assert views["on-site"]["metrica"] == {"sent": True, "reason": None, "text": None}
    assert views["501"]["visit"] is not None
    text = {
        "ru": "Этот диалог не передаётся в Яндекс.Метрику: у него нет визита на сайт.",
        "en": "This dialog is not sent to Yandex.Metrica: it has no site visit.",
    }
    assert views["501"]["metrica"] == {"sent": False, "reason": "no_site_session", "text": text}
