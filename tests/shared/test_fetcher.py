"""Links of strangers lead to public addresses only, hop by hop."""

import sys
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.addresses import is_public
from shared.http.client import Fetcher, NotAllowed, Unreachable
from tests.services.vk_gateway.hostile import FILES, hostile_server

NOT_PUBLIC = {
    "127.0.0.1",
    "127.255.0.3",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "localhost",
    "1.2.3",
}
LINKS = [
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "//example.com/",
    "https:///x",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://[::1]/",
    "https://localhost/",
    "https://[::ffff:169.254.169.254]/",
    "https://user:password@example.com/",
    "https://[fe80::1%25eth0]/",
    "javascript:1",
]
PUBLIC = ["8.8.8.8", "87.240.129.133", "2a00:bdc0::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


def test_public_addresses_are_told_from_all_others() -> None:
    assert [address for address in NOT_PUBLIC if is_public(address)] == []
    assert [address for address in PUBLIC if not is_public(address)] == []


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_the_same_in_every_wrapping(address: Any) -> None:
    packed = int(address)
    wrapped = [
        f"::ffff:{address}",
        str(ip_address((0x64FF9B << 96) | packed)),
        str(ip_address((0x2002 << 112) | (packed << 80))),
    ]
    assert {is_public(one) for one in wrapped} == {is_public(str(address))}


@pytest.mark.parametrize("link", LINKS)
async def test_links_that_lead_elsewhere_are_not_followed(link: str) -> None:
    fetcher = Fetcher(allowed_origins=["http://127.0.0.1:1"])
    with pytest.raises((NotAllowed, Unreachable)) as refused:
        async with fetcher.open(link):
            pass
    # A name that does not exist here is as good.
    assert refused.type is NotAllowed or "name was not found" in str(refused.value)
    await fetcher.close()


async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    asked: list[Any] = []
    is_on = True

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if is_on and event == "socket.getaddrinfo":
            asked.append(arguments[0])

    sys.addaudithook(listen)
    async with hostile_server() as hostile:
        by_name = hostile.url.replace("127.0.0.1", "localhost")
        fetcher = Fetcher(allowed_origins=[by_name])
        async with fetcher.open(f"{by_name}/to-good") as download:
            body = b"".join([chunk async for chunk in download.chunks])
        is_on = False
        await fetcher.close()

    assert body == FILES["/good.png"]
    assert hostile.asked == ["/to-good", "/hop", "/good.png"]
    # Once for each hop; whatever the name means a moment later is not asked.
    assert [name for name in asked if name == "localhost"] == ["localhost"] * 3
    assert hostile.hosts == [by_name.removeprefix("http://")] * 3
