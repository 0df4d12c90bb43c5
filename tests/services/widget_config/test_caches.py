"""A cache between us and the sites: fifty projects behind one nginx, and nobody gets another's answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.services.widget_config.opened import Community, Widgets
from tests.support.servers import NginxServer
from tests.support.serving import serving
from tests.support.waiting import free_port

PROJECTS = 50
CACHE = """
user root; worker_processes 1; pid nginx.pid; error_log stderr warn; events {{ }}
http {{
    client_body_temp_path body; proxy_temp_path proxy; access_log off;
    fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    proxy_cache_path cache keys_zone=all:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {upstream};
            proxy_cache all;
            proxy_cache_key $uri;
            add_header X-Cached $upstream_cache_status always;
        }}
    }}
}}
"""


@asynccontextmanager
async def caching(upstream: str, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Put an nginx that keeps whatever it may, by the path alone, before an address."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(CACHE.format(port=port, upstream=upstream))
    nginx = NginxServer(config, prefix=folder, port=port)
    nginx.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        nginx.stop()


async def test_projects_behind_a_cache_do_not_mix(widgets: Widgets, tmp_path: Path) -> None:
    made: list[tuple[dict[str, Any], str]] = []
    for number in range(1, PROJECTS + 1):
        project = uuid4()
        community = Community(project, number, f"shop{number}", f"Магазин {number}")
        await widgets.tell(community.created(), community.became("active"))
        site = f"https://shop{number}.example"
        widget = await widgets.make(project, title=f"Проект {number}")
        await widgets.add(widget, community)
        if number % 2:
            await widgets.change(widget, "PATCH", sites=[site])
        made.append((widget, site))

    async with serving(widgets.service.app) as url, caching(url, tmp_path) as cache:
        cached: list[str] = []

        async def visit(number: int, origin: str) -> httpx.Response:
            path = f"/w/{made[number][0]['public_key']}.json"
            cookie = {"Cookie": f"otklik_access={uuid4()}"}
            answer = await cache.get(path, headers={"Origin": origin, **cookie})
            cached.append(answer.headers["x-cached"])
            return answer

        for _ in range(2):
            foreign = [visit(number, made[number - 1][1]) for number in range(PROJECTS)]
            own = [visit(number, site) for number, (_, site) in enumerate(made)]
            refused = await asyncio.gather(*foreign)
            answers = await asyncio.gather(*own)
            for number, (answer, (_, site)) in enumerate(zip(answers, made, strict=True), start=1):
                assert answer.json()["title"] == f"Проект {number}"
                assert answer.json()["channels"][0]["link"] == f"https://vk.me/shop{number}"
                assert answer.headers["access-control-allow-origin"] == (site if number % 2 else "*")
                assert "set-cookie" not in answer.headers
            # Half of the widgets are for their own sites alone; the others are for everybody.
            assert [one.status_code for one in refused] == [404, 200] * (PROJECTS // 2)

    assert cached.count("HIT") >= PROJECTS
