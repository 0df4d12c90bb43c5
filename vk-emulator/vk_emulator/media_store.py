"""Uploaded files: their bytes on disk, their records, and what messages refer to."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vk_emulator import attachments, sample_files
from vk_emulator.clock import Clock
from vk_emulator.images import image_size
from vk_emulator.model import Attachment, Json, Media
from vk_emulator.world import World

MB = 1024 * 1024
LARGEST_PHOTO_BYTES = 50 * MB
LARGEST_DOC_BYTES = 200 * MB
LARGEST_VOICE_BYTES = 2 * MB
LONGEST_VOICE_SECONDS = 300
LARGEST_SIDES = 14000
STEEPEST_RATIO = 20
REFUSED_EXTENSIONS = {"mp3", "exe", "msi", "bat", "com", "apk", "dll", "scr", "cmd"}
FIRST_ATTACHMENT = 457_239_000
FAMILIES = {"photo": "photo", "doc": "doc", "audio_message": "doc", "graffiti": "doc"}

_REFERENCE = re.compile(r"(photo|doc|audio_message|graffiti)(-?\d{1,15})_(\d{1,15})(?:_(\w{1,64}))?")


class Unsuitable(Exception):
    """VK does not take this file; `code` is a word as its upload servers say it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class MediaStore:
    """The media folder with its records."""

    folder: Path
    world: World
    clock: Clock

    def path(self, media: Media) -> Path:
        """Where the bytes of an upload lie."""
        return self.folder / media.token

    def kept(self, name: str, content: bytes) -> Path:
        """A file of the emulator's own in the media folder; written when it is not there."""
        path = self.folder / name
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return path

    def take(self, file: BinaryIO, filename: str, size: int, *, use: str, community_id: int, owner_id: int,
             peer_id: int) -> Media:  # fmt: skip
        """Store an upload on disk, without its record. Blocks; may run in a thread. Raises Unsuitable."""
        name = re.sub(r"[\x00-\x1f/\\]", "_", filename)[-200:] or "file"
        media = Media(self.clock.hexadecimal(32), community_id, use, owner_id, peer_id, name, size)
        _check(media, file)
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f"{media.token}.part"
        file.seek(0)
        with unfinished.open("wb") as target:
            shutil.copyfileobj(file, target, MB)
        unfinished.rename(self.path(media))
        return media

    def save(self, media: Media, title: str = "") -> Attachment:
        """What messages may carry of an upload: a photo or document with an id of its own."""
        attachment_id = max(self.world.last_attachment, FIRST_ATTACHMENT) + 1
        access_key = self.clock.hexadecimal(18)
        family = FAMILIES[media.use]
        content = self._content(media, attachment_id, access_key, title)
        attachment = Attachment(
            family, media.owner_id, attachment_id, access_key, media.peer_id, media.token, content
        )
        self.world.save(attachment)
        return attachment

    def find(self, reference: str, *, keyless: bool = True) -> Attachment | None:
        """The attachment of `photo-1_2_key`; a wrong key, or none where one is needed, finds nothing."""
        match = _REFERENCE.fullmatch(reference.strip())
        if match is None:
            return None
        attachment = self.world.attachments.get((FAMILIES[match[1]], int(match[2]), int(match[3])))
        if attachment is None or (match[4] or attachment.access_key) != attachment.access_key:
            return None
        return attachment if match[4] or keyless else None

    def _content(self, media: Media, attachment_id: int, access_key: str, title: str) -> Json:
        size, date, owner_id = (media.width, media.height), self.clock.unix(), media.owner_id
        kind = media.filename.rpartition(".")[2]
        named: Json = {"token": media.token, "access_key": access_key}
        if media.use == "photo":
            body = attachments.photo(attachment_id, owner_id, kind=kind, size=size, date=date, **named)
        elif media.use == "audio_message":
            body = attachments.audio_message(attachment_id, owner_id, seconds=media.duration, **named)
        elif media.use == "graffiti":
            body = attachments.graffiti(attachment_id, owner_id, size=size, **named)
        else:
            picture = (kind, *size) if media.width else None
            body = attachments.doc(
                attachment_id, owner_id, title=title or media.filename, size=media.size, date=date,
                picture=picture, **named,
            )  # fmt: skip
        return {"type": media.use, media.use: body}


def _check(media: Media, file: BinaryIO) -> None:
    """Raises Unsuitable; notes size and duration."""
    picture = image_size(file)
    if media.use == "photo":
        if picture is None or media.size > LARGEST_PHOTO_BYTES:
            raise Unsuitable("unknown_image", "not a JPG, PNG or GIF of at most 50 MB")
        kind, width, height = picture
        if width + height > LARGEST_SIDES or max(width, height) > STEEPEST_RATIO * min(width, height):
            raise Unsuitable("bad_image_size", "width and height are out of bounds")
        media.filename = f"{media.filename.rpartition('.')[0] or 'photo'}.{kind}"
    if picture is not None:
        media.width, media.height = picture[1:]
    if media.use == "graffiti" and (picture is None or picture[0] != "png"):
        raise Unsuitable("wrong_graffiti", "a graffiti is a PNG")
    if media.use == "audio_message":
        _check_voice(media, file)
    if media.use == "doc":
        extension = media.filename.rpartition(".")[2].lower()
        if extension in REFUSED_EXTENSIONS or "." not in media.filename:
            raise Unsuitable("unsupported_ext", "files of this type are not taken")
        if media.size > LARGEST_DOC_BYTES:
            raise Unsuitable("too_large", "the file is larger than 200 MB")


def _check_voice(media: Media, file: BinaryIO) -> None:
    file.seek(0)
    seconds = sample_files.ogg_seconds(file.read()) if media.size <= LARGEST_VOICE_BYTES else None
    if seconds is None or seconds > LONGEST_VOICE_SECONDS:
        raise Unsuitable("wrong_audio", "a voice message is OGG with Opus of at most five minutes")
    media.duration = seconds
