"""Width and height of a picture, read from its header."""

from typing import BinaryIO

# Start-of-frame markers; C4, C8 and CC in their midst are something else.
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
# Markers that stand alone, without a length.
_BARE = {0x01, *range(0xD0, 0xD9)}


def image_size(file: BinaryIO) -> tuple[str, int, int] | None:
    """The kind (png, gif, jpg), width and height of a PNG, GIF or JPEG; None for anything else."""
    file.seek(0)
    head = file.read(24)
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        kind, width, height = "png", int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    elif head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        kind, width, height = "gif", int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    elif head.startswith(b"\xff\xd8\xff"):
        kind, (width, height) = "jpg", _jpeg_size(file)
    else:
        return None
    return (kind, width, height) if width and height else None


def _jpeg_size(file: BinaryIO) -> tuple[int, int]:
    file.seek(2)
    while file.read(1) == b"\xff":
        marker = 0xFF
        while marker == 0xFF:
            following = file.read(1)
            if not following:
                return 0, 0
            marker = following[0]
        if marker in _BARE:
            continue
        length = int.from_bytes(file.read(2), "big")
        if marker in _FRAMES:
            frame = file.read(5)
            return int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")
        if length < 2 or marker == 0xDA:
            break
        file.seek(length - 2, 1)
    return 0, 0
