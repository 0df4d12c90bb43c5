"""VK's attachments in our words, and which of their files are worth a copy. Pure functions."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from shared.events.content import Attachment, AttachmentKind
from vk_gateway.incoming.fields import integer_of, object_of, objects_of, text_of, url_of
from vk_gateway.incoming.texts import shown_text

SITE = "https://vk.ru"
KIND_CHARACTERS_MAX = 40
TITLE_CHARACTERS_MAX = 500
TEXT_CHARACTERS_MAX = 10_000
OPTIONS_MAX = 20
WAVEFORM_MAX = 256
SECONDS_MAX = 10**7
PIXELS_MAX = 10**6
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Media:
    """A file at VK to be copied. `source` names the file itself: it stays when the address changes."""

    source: str
    url: str
    name: str | None
    kind: AttachmentKind


class Read(NamedTuple):
    """An attachment without `file_id`, and the file that it is to name."""

    attachment: Attachment
    media: Media | None = None


class _Picture(NamedTuple):
    url: str
    width: int | None
    height: int | None


def read_attachment(item: Fields) -> Read:
    """Read one attachment of any kind, known or not."""
    original = text_of(item.get("type"), KIND_CHARACTERS_MAX) or "unknown"
    reader = _READERS.get(original)
    body = item.get(original)
    if reader is None or not isinstance(body, dict):
        return Read(Attachment(kind=AttachmentKind.UNSUPPORTED, original=original))
    return reader(original, body)


def _photo(original: str, photo: Fields) -> Read:
    picture = _largest([*objects_of(photo.get("sizes")), object_of(photo.get("orig_photo"))])
    return _read(
        AttachmentKind.PHOTO,
        original,
        text=_long(photo.get("text")),
        url=_page("photo", photo),
        picture=picture,
        media=_media(AttachmentKind.PHOTO, picture, _source("photo", photo)),
    )


def _doc(original: str, doc: Fields) -> Read:
    preview = object_of(doc.get("preview"))
    voice, drawing = object_of(preview.get("audio_msg")), object_of(preview.get("graffiti"))
    if voice:
        return _voice(original, {**doc, **voice})
    if url_of(drawing.get("src")):
        return _graffiti(original, {**doc, **drawing, "url": drawing["src"]})
    url = url_of(doc.get("url"))
    title, extension = text_of(doc.get("title"), TITLE_CHARACTERS_MAX), text_of(doc.get("ext"), 20)
    name = title
    if title and extension and not title.lower().endswith(f".{extension.lower()}"):
        name = f"{title}.{extension}"
    media = Media(_source("doc", doc) or _hashed(url), url, name, AttachmentKind.DOCUMENT) if url else None
    return _read(
        AttachmentKind.DOCUMENT,
        original,
        title=name,
        url=url,
        size_bytes=integer_of(doc.get("size"), least=0),
        media=media,
    )


def _voice(original: str, voice: Fields) -> Read:
    url = url_of(voice.get("link_ogg")) or url_of(voice.get("link_mp3"))
    source = _source("audio_message", voice) or _hashed(url)
    levels = voice.get("waveform")
    waveform = levels[:WAVEFORM_MAX] if isinstance(levels, list) else ()
    return _read(
        AttachmentKind.VOICE,
        original,
        text=_long(voice.get("transcript")),
        duration_seconds=_seconds(voice),
        waveform=tuple(integer_of(level, least=0, most=1000) or 0 for level in waveform),
        media=Media(source, url, None, AttachmentKind.VOICE) if url else None,
    )


def _sticker(original: str, sticker: Fields) -> Read:
    picture = _largest(objects_of(sticker.get("images")))
    number = integer_of(sticker.get("sticker_id"), least=1)
    source = f"sticker{number}" if number else None
    media = _media(AttachmentKind.STICKER, picture, source)
    return _read(AttachmentKind.STICKER, original, picture=picture, media=media)


def _graffiti(original: str, drawing: Fields) -> Read:
    picture = _largest([drawing])
    media = _media(AttachmentKind.GRAFFITI, picture, _source("graffiti", drawing))
    return _read(AttachmentKind.GRAFFITI, original, picture=picture, media=media)


def _gift(original: str, gift: Fields) -> Read:
    picture = _named_pictures(gift, "thumb_", (256, 96, 48))
    number = integer_of(gift.get("id"), least=1)
    media = _media(AttachmentKind.GIFT, picture, f"gift{number}" if number else None)
    return _read(AttachmentKind.GIFT, original, picture=picture, media=media)


def _video(original: str, video: Fields) -> Read:
    pictures = [*objects_of(video.get("image")), *objects_of(video.get("first_frame"))]
    picture = _largest(pictures) or _named_pictures(video, "photo_", (1280, 800, 640, 320, 130))
    return _read(
        AttachmentKind.VIDEO,
        original,
        title=_title(video.get("title")),
        text=_long(video.get("description")),
        url=_page("clip" if original == "clip" else "video", video),
        duration_seconds=_seconds(video),
        picture=picture,
        media=_media(AttachmentKind.VIDEO, picture, _source("video", video)),
    )


def _audio(original: str, audio: Fields) -> Read:
    title = " — ".join(part for part in (_title(audio.get("artist")), _title(audio.get("title"))) if part)
    kind = "podcast" if original.startswith("podcast") else "audio"
    page = _page(kind, audio)
    return _read(
        AttachmentKind.AUDIO, original, title=title or None, url=page, duration_seconds=_seconds(audio)
    )


def _link(original: str, link: Fields) -> Read:
    picture, source = _cover(link.get("photo"))
    url = url_of(link.get("url"))
    return _read(
        AttachmentKind.ARTICLE if original == "article" else AttachmentKind.LINK,
        original,
        title=_title(link.get("title")),
        text=_long(link.get("description") or link.get("subtitle") or link.get("caption")),
        url=url or url_of(link.get("view_url")),
        price=text_of(object_of(object_of(link.get("product")).get("price")).get("text"), 100),
        media=_media(AttachmentKind.LINK, picture, source),
        picture=picture,
    )


def _post(original: str, post: Fields) -> Read:
    number, owner = post.get("id"), post.get("owner_id") or post.get("to_id") or post.get("from_id")
    inside = [post, *objects_of(post.get("copy_history"))]
    text = next((found for each in inside if (found := _long(each.get("text")))), None)
    photos = (object_of(item.get("photo")) for each in inside for item in objects_of(each.get("attachments")))
    picture, source = _cover(next((photo for photo in photos if photo), None))
    return _read(
        AttachmentKind.POST,
        original,
        text=text,
        url=_page("wall", {"id": number, "owner_id": owner}),
        picture=picture,
        media=_media(AttachmentKind.POST, picture, source),
    )


def _comment(original: str, comment: Fields) -> Read:
    page = _page("wall", {"id": comment.get("post_id"), "owner_id": comment.get("owner_id")})
    number = integer_of(comment.get("id"), least=1)
    return _read(
        AttachmentKind.COMMENT,
        original,
        text=_long(comment.get("text")),
        url=f"{page}?reply={number}" if page and number else page,
    )


def _product(original: str, product: Fields) -> Read:
    picture = _Picture(url, None, None) if (url := url_of(product.get("thumb_photo"))) else None
    source = _source("market", product)
    if picture is None:
        picture, source = _cover(product.get("photo"))
    return _read(
        AttachmentKind.PRODUCT,
        original,
        title=_title(product.get("title")),
        text=_long(product.get("description")),
        url=_album_of_products(product) if original == "market_album" else _page("product", product),
        price=text_of(object_of(product.get("price")).get("text"), 100),
        picture=picture,
        media=_media(AttachmentKind.PRODUCT, picture, source),
    )


def _album_of_products(album: Fields) -> str | None:
    owner, number = integer_of(album.get("owner_id")), integer_of(album.get("id"), least=1)
    return f"{SITE}/market{owner}?section=album_{number}" if owner and number else None


def _poll(original: str, poll: Fields) -> Read:
    answers = (text_of(answer.get("text"), 200) for answer in objects_of(poll.get("answers"))[:OPTIONS_MAX])
    return _read(
        AttachmentKind.POLL,
        original,
        title=_title(poll.get("question")),
        url=_page("poll", poll),
        options=tuple(answer for answer in answers if answer),
    )


def _story(original: str, story: Fields) -> Read:
    picture, source = _cover(story.get("photo") or story.get("cropped_photo"))
    video = object_of(story.get("video"))
    if picture is None and video:
        picture, source = _largest(objects_of(video.get("image"))), _source("video", video)
    kind = "narrative" if original == "narrative" else "story"
    return _read(
        AttachmentKind.STORY,
        original,
        title=_title(story.get("title")),
        url=_page(kind, story),
        picture=picture,
        media=_media(AttachmentKind.STORY, picture, source),
    )


def _call(original: str, call: Fields) -> Read:
    """A call; its `text` is VK's word for how it ended, e.g. `canceled_by_receiver`."""
    return _read(
        AttachmentKind.CALL,
        original,
        text=text_of(call.get("state"), 100),
        url=url_of(call.get("join_link")),
        duration_seconds=_seconds(call),
    )


def _place(original: str, thing: Fields) -> Read:
    """Something that has a title and a page on VK, and nothing else to show."""
    prefix = {"album": "album", "video_playlist": "video/playlist/", "mini_app": "app"}.get(original, "")
    page = _page(prefix, thing) if prefix else None
    app = object_of(thing.get("app"))
    if original == "mini_app":
        number = integer_of(app.get("id") or thing.get("id"), least=1)
        page = f"{SITE}/app{number}" if number else None
    return _read(
        AttachmentKind.LINK,
        original,
        title=_title(thing.get("title") or thing.get("name") or app.get("title")),
        text=_long(thing.get("description")),
        url=page or url_of(thing.get("url")),
    )


_READERS: Mapping[str, Callable[[str, Fields], Read]] = {
    "photo": _photo,
    "doc": _doc,
    "audio_message": _voice,
    "sticker": _sticker,
    "ugc_sticker": _sticker,
    "graffiti": _graffiti,
    "gift": _gift,
    "video": _video,
    "clip": _video,
    "audio": _audio,
    "podcast": _audio,
    "podcasts": _audio,
    "link": _link,
    "article": _link,
    "wall": _post,
    "wall_reply": _comment,
    "market": _product,
    "market_album": _product,
    "poll": _poll,
    "story": _story,
    "narrative": _story,
    "call": _call,
    "group_call_in_progress": _call,
    "album": _place,
    "video_playlist": _place,
    "mini_app": _place,
    "textlive": _place,
    "event": _place,
}


def _read(
    kind: AttachmentKind,
    original: str,
    *,
    picture: _Picture | None = None,
    media: Media | None = None,
    **said: Any,
) -> Read:
    if picture is not None:
        said |= {"width": picture.width, "height": picture.height}
    attachment = Attachment(kind=kind, original=original, **said)
    if attachment == Attachment(kind=kind, original=original) and media is None:
        # A known kind with nothing in it that could be shown.
        attachment = attachment.model_copy(update={"kind": AttachmentKind.UNSUPPORTED})
    return Read(attachment, media)


def _title(value: Any) -> str | None:
    return text_of(value, TITLE_CHARACTERS_MAX)


def _long(value: Any) -> str | None:
    return (shown_text(value)[:TEXT_CHARACTERS_MAX] or None) if isinstance(value, str) else None


def _seconds(thing: Fields) -> int | None:
    return integer_of(thing.get("duration"), least=0, most=SECONDS_MAX)


def _source(kind: str, thing: Fields) -> str | None:
    owner, number = integer_of(thing.get("owner_id")), integer_of(thing.get("id"), least=1)
    return f"{kind}{owner}_{number}" if owner and number else None


def _page(kind: str, thing: Fields) -> str | None:
    source = _source(kind, thing)
    if source is None:
        return None
    key = text_of(thing.get("access_key"), 100) if kind in {"photo", "video"} else None
    return f"{SITE}/{source}?access_key={key}" if key and key.isalnum() else f"{SITE}/{source}"


def _media(kind: AttachmentKind, picture: _Picture | None, source: str | None) -> Media | None:
    return Media(source or _hashed(picture.url), picture.url, None, kind) if picture else None


def _hashed(url: str | None) -> str:
    return f"url:{hashlib.sha256((url or '').encode()).hexdigest()}"


def _cover(photo: Any) -> tuple[_Picture | None, str | None]:
    """Return the picture of something that is shown by a photo, and the photo's source."""
    found = object_of(photo)
    return _largest([*objects_of(found.get("sizes")), object_of(found.get("orig_photo"))]), _source(
        "photo", found
    )


def _largest(pictures: Sequence[Fields]) -> _Picture | None:
    """Return the picture with the most pixels; very old photos have sizes of 0, of them the last counts."""
    found = [(_pixels(each.get("width")), _pixels(each.get("height")), each) for each in reversed(pictures)]
    for width, height, picture in sorted(found, key=_area, reverse=True):
        if url := url_of(picture.get("url") or picture.get("src")):
            return _Picture(url, width, height)
    return None


def _area(found: tuple[int | None, int | None, Fields]) -> int:
    return (found[0] or 0) * (found[1] or 0)


def _pixels(value: Any) -> int | None:
    return integer_of(value, least=1, most=PIXELS_MAX)


def _named_pictures(thing: Fields, prefix: str, sides: Sequence[int]) -> _Picture | None:
    """Return the first picture of those named by their size, e.g. `thumb_256`."""
    urls = (url_of(thing.get(f"{prefix}{side}")) for side in sides)
    return next((_Picture(url, None, None) for url in urls if url), None)
