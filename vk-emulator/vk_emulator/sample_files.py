"""Small real files, made in memory: a picture, a voice message and a document."""

import zlib
from functools import cache

SILENCE = b"\xf8\xff\xfe"
FRAMES_PER_SECOND = 50
SAMPLES_PER_FRAME = 960


@cache
def png(width: int, height: int, hue: int) -> bytes:
    """A picture: two shades with a line between them, so that one sees which way is up."""
    above, below = bytes((60 + hue % 160, 120, 200)), bytes((240, 200 - hue % 90, 120))
    line = bytes((255, 255, 255))
    border = height * 2 // 3
    rows = [
        b"\0" + (above if row < border else line if row < border + 4 else below) * width
        for row in range(height)
    ]
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(rows), 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


@cache
def ogg(seconds: int) -> bytes:
    """A voice message that says nothing: OGG with Opus, mono."""
    head = b"OpusHead\x01\x01\x00\x00" + (16000).to_bytes(4, "little") + b"\0\0\0"
    tags = b"OpusTags" + (8).to_bytes(4, "little") + b"emulator" + bytes(4)
    pages = [_ogg_page(0, 2, 0, [head]), _ogg_page(1, 0, 0, [tags])]
    for second in range(seconds):
        granule = (second + 1) * FRAMES_PER_SECOND * SAMPLES_PER_FRAME
        last = 4 if second == seconds - 1 else 0
        pages.append(_ogg_page(second + 2, last, granule, [SILENCE] * FRAMES_PER_SECOND))
    return b"".join(pages)


def _ogg_page(number: int, flags: int, granule: int, packets: list[bytes]) -> bytes:
    lengths = bytes(len(packet) for packet in packets)
    page = bytearray(
        b"OggS\0" + bytes((flags,)) + granule.to_bytes(8, "little") + b"VKEM" + number.to_bytes(4, "little")
        + bytes(4) + bytes((len(packets),)) + lengths + b"".join(packets)
    )  # fmt: skip
    page[22:26] = _ogg_checksum(page).to_bytes(4, "little")
    return bytes(page)


def _ogg_checksum(page: bytes | bytearray) -> int:
    table = _checksum_table()
    checksum = 0
    for byte in page:
        checksum = (checksum << 8) & 0xFFFFFFFF ^ table[(checksum >> 24) ^ byte]
    return checksum


@cache
def _checksum_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        register = value << 24
        for _ in range(8):
            register = (register << 1) ^ (0x04C11DB7 if register & 0x80000000 else 0)
        table.append(register & 0xFFFFFFFF)
    return tuple(table)


def ogg_seconds(content: bytes) -> int | None:
    """How long an OGG with Opus lasts, in whole seconds and at least one; None for anything else."""
    if not content.startswith(b"OggS") or b"OpusHead" not in content[:64]:
        return None
    last_page = content.rfind(b"OggS")
    samples = int.from_bytes(content[last_page + 6 : last_page + 14], "little")
    return max(round(samples / 48000), 1)


@cache
def pdf() -> bytes:
    """A document of one page."""
    text = b"BT /F1 24 Tf 60 760 Td (Invoice 1187) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
        ),
        b"<</Length " + str(len(text)).encode() + b">>stream\n" + text + b"\nendstream",
    ]
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += str(number).encode() + b" 0 obj" + body + b"endobj\n"
    table = b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    return (
        content
        + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
        + table
        + f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(content)}\n%%EOF\n".encode()
    )
