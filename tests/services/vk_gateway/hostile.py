"""A server of somebody who means harm, or is broken: every path is a trick of its own."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

from PIL import Image


def picture(size: tuple[int, int] = (900, 600), kind: str = "PNG", **options: object) -> bytes:
    """A real picture, half red and half blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A small PNG file that says it is a very large picture, and is."""
    row = zlib.compress(b"\0" * (side * 3 + 1) * 200, 9)
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", header), (b"IDAT", row), (b"IEND", b""))
    )


FILES = {
    "/good.png": picture(),
    "/bomb.png": bomb(),
    "/cut.png": picture()[:300],
    "/html.png": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "/picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "/empty": b"",
}
REDIRECTS = {
    "/to-metadata": "http://169.254.169.254/latest/meta-data/",
    "/to-inside": "https://127.0.0.1/",
    "/to-inside-by-name": "https://localhost/",
    "/to-file": "file:///etc/passwd",
    "/round": "/round",
    "/to-good": "/hop",
    "/hop": "good.png",
}


class HostileServer:
    """Listens on loopback; `asked` and `hosts` tell what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.hosts: list[str] = []
        self.failing: dict[str, int] = {}
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split()[1].decode()
            self.asked.append(path)
            self.hosts += [line[6:] for line in request.decode().split("\r\n") if line.startswith("Host: ")]
            await self._play(path, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _play(self, path: str, writer: asyncio.StreamWriter) -> None:
        if self.failing.get(path, 0) > 0:
            self.failing[path] -= 1
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        elif path in REDIRECTS:
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: {REDIRECTS[path]}\r\n\r\n".encode())
        elif path == "/endless":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + FILES["/good.png"])
            while True:
                writer.write(b"\0" * 65_536)
                await writer.drain()
        elif path == "/drip":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while True:
                writer.write(b"\0")
                await writer.drain()
                await asyncio.sleep(0.05)
        elif path == "/claims-much":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
            await asyncio.sleep(5)
        elif path in FILES:
            body = FILES[path]
            head = f"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
        else:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()


@asynccontextmanager
async def hostile_server() -> AsyncIterator[HostileServer]:
    hostile = HostileServer()
    server = await asyncio.start_server(hostile.answer, "127.0.0.1", 0)
    hostile.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield hostile
    finally:
        server.close()
