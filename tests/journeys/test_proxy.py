"""What nginx adds in front of the services."""

import re

import pytest

from tests.support.suite import Suite
from tests.support.suite.shapes import Distributed
from tests.support.waiting import wait_until

pytestmark = pytest.mark.parametrize("suite", ["distributed"], indirect=True)


async def test_what_is_not_for_the_outside_is_not_there(suite: Suite) -> None:
    outsider = suite.outsider()

    for path in (
        "/health/ready",
        "/health/live",
        "/metrics",
        "/api/v1/integrations/registry",
        "/api/v1/integrations/registry?limit=1",
        "/api/v1//integrations/registry",
        "/api/v1/integrations/%72egistry",
    ):
        answer = await outsider.get(path)
        assert (path, answer.status_code) == (path, 404)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_cabinet_has_a_policy_of_its_own_at_each_answer(suite: Suite) -> None:
    outsider = suite.outsider()

    pages = [await outsider.get(path) for path in ("/", "/projects/1/dialogs", "/index.html")]
    script = re.search(r'src="(/assets/[^"]+\.js)"', pages[0].text)

    nonces = [re.search(r'name="style-nonce" content="(\w+)"', page.text) for page in pages]
    assert all(nonces)
    assert len({found[1] for found in nonces if found}) == len(pages)
    for page, nonce in zip(pages, nonces, strict=True):
        policy = page.headers["content-security-policy"]
        assert nonce
        assert f"'nonce-{nonce[1]}'" in policy
        assert "unsafe" not in policy
        assert "etag" not in page.headers
    assert script
    asset = await outsider.get(script[1])
    assert asset.headers["content-type"] == "text/javascript"
    assert "immutable" in asset.headers["cache-control"]
    assert (await outsider.get("/cabinet.json")).json() == {"demo": None}
    assert (await outsider.get("/assets/gone.js")).json()["code"] == "not_found"


async def test_a_service_that_is_away_is_a_problem_and_comes_back_by_itself(suite: Suite) -> None:
    outsider = suite.outsider()
    assert isinstance(suite.deployment, Distributed)
    widgets = suite.processes["widget-config"]
    widgets.kill()

    away = await outsider.get("/w/widget.js")
    accounts = await outsider.get("/api/v1/accounts/jwks.json")
    widgets.start()

    assert away.status_code == 503
    assert away.json()["code"] == "temporarily_unavailable"
    assert away.headers["retry-after"]
    assert accounts.status_code == 200

    async def is_back() -> bool:
        return (await outsider.get("/w/widget.js")).status_code == 200

    await wait_until(is_back, 60, "the widget's script again")


async def test_a_secret_path_of_a_callback_is_in_no_log(suite: Suite) -> None:
    outsider = suite.outsider()
    gateway = suite.processes["vk-gateway"]

    await outsider.post("/vk/callback/very-secret-token", content=b"x" * 33_000_000)
    await outsider.post("/vk/callback/very-secret-token", content=b"{}")
    gateway.kill()
    away = await outsider.post("/vk/callback/very-secret-token", content=b"{}")
    gateway.start()
    suite.deployment.wait_ready()

    assert away.status_code == 503
    assert isinstance(suite.deployment, Distributed)
    for name, log in suite.deployment.logs().items():
        assert "very-secret-token" not in log, name


async def test_a_body_too_large_is_refused_at_the_door(suite: Suite) -> None:
    answer = await suite.outsider().post("/api/v1/dialogs/x", content=b"x" * 3_000_000)

    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"
