"""Photos, documents and voice messages as VK shows them; ORIGIN_MARK stands for the emulator's address."""

from urllib.parse import quote

from vk_emulator.message_views import ORIGIN_MARK
from vk_emulator.model import Json

# Letter -> the box a copy must fit into (reference: objects/photo-sizes).
BOXES = {
    "s": (75, 75),
    "m": (130, 130),
    "x": (604, 604),
    "y": (807, 807),
    "z": (1080, 1024),
    "w": (2560, 2048),
}
ALWAYS_THERE = "smx"
# Letter -> the width of a copy that is at most half as high again as wide.
CROPPED_WIDTHS = {"o": 130, "p": 200, "q": 320, "r": 510}
DOC_TYPES = {
    **dict.fromkeys(
        ("txt", "rtf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "pdf", "csv"), 1
    ),
    **dict.fromkeys(("zip", "rar", "7z", "gz", "tar"), 2),
    "gif": 3,
    **dict.fromkeys(("jpg", "jpeg", "png", "webp", "bmp", "heic"), 4),
    **dict.fromkeys(("ogg", "wav", "flac", "m4a"), 5),
    **dict.fromkeys(("mp4", "avi", "mov", "mkv", "webm"), 6),
    **dict.fromkeys(("epub", "fb2", "djvu"), 7),
}
WAVEFORM_LENGTH = 64


def photo(attachment_id: int, owner_id: int, *, token: str, kind: str, size: tuple[int, int],
          access_key: str, date: int) -> Json:  # fmt: skip
    """A photo; `kind` is the file's extension. Every copy has the same bytes, but its own size."""
    community = owner_id < 0
    content: Json = {
        "id": attachment_id,
        "album_id": -64 if community else -3,
        "owner_id": owner_id,
        "date": date,
        "text": "",
        "access_key": access_key,
        "has_tags": False,
        "sizes": photo_sizes(f"/impg/{token}", kind, size),
        "orig_photo": _copy(f"/impg/{token}", kind, "base", size),
    }
    return {**content, "user_id": 100} if community else content


def photo_sizes(path: str, kind: str, size: tuple[int, int], *, address: str = "url") -> list[Json]:
    """The copies VK would make of a picture."""
    copies, smaller = [], (0, 0)
    for letter, box in BOXES.items():
        if letter in ALWAYS_THERE or size[0] > smaller[0] or size[1] > smaller[1]:
            copies.append(_copy(path, kind, letter, _fitted(size, box), address))
        smaller = box
    height = min(size[1], size[0] * 3 // 2) or 1
    for letter, width in CROPPED_WIDTHS.items():
        copies.append(_copy(path, kind, letter, _fitted((size[0], height), (width, width * 3 // 2)), address))
    return copies


def _fitted(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    scale = min(box[0] / size[0], box[1] / size[1], 1)
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def _copy(path: str, kind: str, letter: str, size: tuple[int, int], address: str = "url") -> Json:
    url = f"{ORIGIN_MARK}{path}/{letter}.{kind}?size={size[0]}x{size[1]}&quality=95&type=album"
    return {"type": letter, "width": size[0], "height": size[1], address: url}


def doc(attachment_id: int, owner_id: int, *, token: str, title: str, size: int, access_key: str,
        date: int, picture: tuple[str, int, int] | None = None) -> Json:  # fmt: skip
    """A document; `picture` is kind, width and height when it is one."""
    ext = title.rpartition(".")[2].lower() if "." in title else ""
    content: Json = {
        "id": attachment_id,
        "owner_id": owner_id,
        "title": title,
        "size": size,
        "ext": ext,
        "date": date,
        "type": DOC_TYPES.get(ext, 8),
        "is_licensed": 0,
        "access_key": access_key,
        "url": f"{ORIGIN_MARK}/doc{owner_id}_{attachment_id}?hash={access_key}&dl={token}&api=1&no_preview=1",
    }
    if picture is not None:
        kind, width, height = picture
        sizes = photo_sizes(f"/impg/{token}", kind, (width, height), address="src")
        content["preview"] = {"photo": {"sizes": sizes}}
    return content


def audio_message(attachment_id: int, owner_id: int, *, token: str, seconds: int, access_key: str,
                  transcript: str = "") -> Json:  # fmt: skip
    """A voice message; both links give the OGG."""
    path = f"{ORIGIN_MARK}/s/v1/amsg/{token}"
    # The waveform is drawn from the id, so that two messages look different and one always the same.
    waveform = [(attachment_id * 7 + step * step * 5) % 32 for step in range(WAVEFORM_LENGTH)]
    content: Json = {
        "id": attachment_id,
        "owner_id": owner_id,
        "duration": seconds,
        "waveform": waveform,
        "access_key": access_key,
        "link_ogg": f"{path}.ogg",
        "link_mp3": f"{path}.mp3",
        "transcript_state": "done" if transcript else "in_progress",
    }
    return {**content, "transcript": transcript} if transcript else content


def graffiti(
    attachment_id: int, owner_id: int, *, token: str, size: tuple[int, int], access_key: str
) -> Json:
    """A drawing."""
    return {
        "id": attachment_id,
        "owner_id": owner_id,
        "width": size[0],
        "height": size[1],
        "url": f"{ORIGIN_MARK}/s/v1/d/{token}/graffiti.png",
        "access_key": access_key,
    }


def download_path(token: str, filename: str) -> str:
    """Where a document's own link leads."""
    return f"/s/v1/d/{token}/{quote(filename, safe='')}"
