"""The states of a reply, against a plain model: outcomes of every attempt in any order, clicks between."""

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shared.events.channel import MessagesRead, ReplyUnconfirmed
from shared.events.dialogs import ReplyCancelled, ReplyRequested
from shared.events.envelope import Event
from tests.services.dialogs.cabinet import Cabinet, moment, open_cabinet

EXAMPLES = 10
RANKS = ("queued", "unconfirmed", "failed", "sent")
_numbers = itertools.count(10, 10)

outcomes = st.tuples(st.sampled_from(["unconfirmed", "failed", "sent"]), st.integers(1, 3))
clicks = st.tuples(st.sampled_from(["retry", "retry", "cancel", "read"]), st.just(0))
# Failures are frequent, or there would be little to try again.
failures = st.tuples(st.just("failed"), st.integers(1, 3))
steps = st.lists(st.one_of(outcomes, failures, clicks), min_size=4, max_size=14)


@dataclass
class Model:
    """What a reply is by the plain reading: its newest attempt's surest outcome."""

    state: str = "queued"
    attempt: int = 1
    reason: str | None = None
    wants_cancel: bool = False
    is_read: bool = False

    def hear(self, outcome: str, attempt: int) -> None:
        if attempt == self.attempt and RANKS.index(outcome) > RANKS.index(self.state):
            self.state, self.reason = outcome, f"reason {attempt}" if outcome == "failed" else None

    def click(self, what: str) -> str | None:
        """Return the code with which it is refused."""
        if self.state == "sent":
            return "message_not_failed" if what == "retry" else "too_late_to_cancel"
        if what == "retry" and self.state == "failed":
            self.state, self.attempt, self.reason = "queued", self.attempt + 1, None
            self.wants_cancel = False
        elif what == "cancel" and self.state != "failed":
            self.wants_cancel = True
        return None

    @property
    def shown(self) -> tuple[Any, ...]:
        state = "read" if self.state == "sent" and self.is_read else self.state
        return state, self.attempt, self.reason, self.wants_cancel


def _event(cabinet: Cabinet, reply_id: str, first: int, outcome: str, attempt: int) -> Event:
    if outcome == "sent":
        return cabinet.sent(reply_id, first + attempt, attempt=attempt)
    if outcome == "failed":
        return cabinet.failed(reply_id, f"reason {attempt}", attempt=attempt)
    return ReplyUnconfirmed(**cabinet.about(), reply_id=UUID(reply_id), attempt=attempt)


async def _play(cabinet: Cabinet, story: list[tuple[str, int]]) -> None:
    first = next(_numbers)
    user = str(first)
    await cabinet.hear(cabinet.wrote(first, user=user))
    dialog = next(one for one in await cabinet.tab("new") if one["contact"]["external_id"] == user)
    reply = await cabinet.reply(dialog["id"])
    model = Model()
    for what, attempt in story:
        if what == "read":
            model.is_read = True
            read: Any = {"external_id": user, "conversation_message_id": first + 9, "read_at": moment(first)}
            await cabinet.hear(MessagesRead(**cabinet.about(), **read))
        elif what in RANKS:
            if attempt > model.attempt:
                continue  # it has not been tried yet
            model.hear(what, attempt)
            event = _event(cabinet, reply["id"], first, what, attempt)
            await cabinet.hear(event.model_copy(update={"external_id": user}))
        else:
            code = model.click(what)
            path = f"/{dialog['id']}/messages/{reply['id']}/{what}"
            answer = await cabinet.call("POST", path, status=409 if code else 202)
            assert code in {None, answer.get("code")}
        shown = next(one for one in await cabinet.messages(dialog["id"]) if one["id"] == reply["id"])
        wants_cancel = shown["cancel_wanted_at"] is not None
        assert (shown["state"], shown["attempt"], shown["reason"], wants_cancel) == model.shown, story
    asked = [one for one in await cabinet.announced(ReplyRequested) if str(one.reply_id) == reply["id"]]
    assert [(one.attempt, one.number) for one in asked] == [(n, n) for n in range(1, model.attempt + 1)]
    cancelled = [one for one in await cabinet.announced(ReplyCancelled) if str(one.reply_id) == reply["id"]]
    assert len({one.attempt for one in cancelled}) == len(cancelled)


def test_a_reply_is_what_its_newest_attempt_came_to(ready_url: str) -> None:
    with asyncio.Runner() as runner:
        opening = open_cabinet(ready_url)
        cabinet = runner.run(opening.__aenter__())
        runner.run(cabinet.connect())

        @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate])
        @given(steps)
        def holds(story: list[tuple[str, int]]) -> None:
            runner.run(_play(cabinet, story))

        try:
            holds()
        finally:
            runner.run(opening.__aexit__(None, None, None))
