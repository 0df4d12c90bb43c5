"""Secrets are where they belong and nowhere else."""

from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.enrolments.first_administrator import print_new_link
from shared.messaging.tables import outbox_table
from shared.runtime.logging import configure_logging
from tests.services.accounts.opened import PREFIX, opened

CANARY = "канарейка-Zq81!поёт"
WRONG = "канарейка-Wx92!молчит"


async def test_no_secret_is_in_a_log_an_event_an_answer_or_the_database(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(as_json=True, level="DEBUG")
    answers = []
    async with opened(sqlite_url) as accounts:
        await print_new_link(accounts.service)
        printed = capsys.readouterr()
        link = await accounts.first_link()
        browser = accounts.browser()
        anna = {"email": "anna@shop.example", "name": "Анна", "password": CANARY}
        answers.append(await browser.post(link, json={**anna, "extra": CANARY}))
        answers.append(await browser.post(link, json=anna))
        answers.append(await accounts.browser().sign_in("anna@shop.example", WRONG))
        answers.append(await browser.sign_in("anna@shop.example", CANARY))
        answers.append(await browser.post(f"{PREFIX}/session", json={"email": CANARY, "password": CANARY}))
        answers.append(await browser.refresh())
        answers.append(await browser.post(f"{PREFIX}/projects", json={"name": "Магазин"}))
        secrets = [
            CANARY,
            WRONG,
            link.rpartition("/")[2],
            browser.cookie("session"),
            browser.cookie("access"),
        ]
        answers.append(await browser.delete(f"{PREFIX}/session"))
        async with accounts.service.database.read() as session:
            events = (await session.execute(select(outbox_table.c.body))).scalars().all()
        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    said = capsys.readouterr()

    assert [answer.status_code for answer in answers] == [422, 201, 401, 200, 422, 200, 201, 204]
    for secret in secrets:
        assert all(secret not in answer.text for answer in answers)
        assert all(secret.encode() not in event for event in events)
        assert secret not in said.out + said.err + printed.err
        assert secret.encode() not in stored
