"""Uploads by POST, and the files of messages by GET."""

import asyncio
import json

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from vk_emulator import sample_files
from vk_emulator.api.router import BAD_GATEWAY
from vk_emulator.api.uploads import UPLOAD_SERVER, upload_hash, upload_signature
from vk_emulator.attachments import download_path
from vk_emulator.control.bodies import Problem, emulator_of
from vk_emulator.emulator import Emulator
from vk_emulator.media_store import FAMILIES, LARGEST_DOC_BYTES, Unsuitable
from vk_emulator.model import Community, Json, Media

FIELDS = {"photo": "photo", "doc": "file", "audio_message": "file", "graffiti": "file"}
TYPES = {
    "png": "image/png", "gif": "image/gif", "jpg": "image/jpeg", "jpeg": "image/jpeg", "ogg": "audio/ogg",
    "mp3": "audio/ogg", "pdf": "application/pdf", "txt": "text/plain; charset=utf-8",
}  # fmt: skip
# Files are somebody's: they must not run as a page of the emulator.
HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
SAMPLE = "sample"
SAMPLE_SECONDS = 6


async def upload(request: Request) -> Response:
    """An upload server: plain JSON, without the `response` envelope."""
    emulator, use, query = emulator_of(request), request.path_params["use"], request.query_params
    gid, mid = query.get("gid", ""), query.get("mid", "")
    community = emulator.world.communities.get(int(gid)) if gid.isdecimal() else None
    if use not in FIELDS or community is None or not mid.isdecimal() or not community.upload_secret:
        return JSONResponse({"error": "wrong_address", "error_descr": "the address is wrong"})
    if query.get("hash") != upload_signature(community, use, int(mid)):
        return JSONResponse({"error": "wrong_hash", "error_descr": "the address was not given out"})
    if emulator.faults.is_on(community.id, "api_down"):
        return Response(BAD_GATEWAY, 502, media_type="text/html")
    if emulator.faults.strike(community.id, "upload_error"):
        return JSONResponse(_nothing(community, use, Unsuitable("unknown_error", "try again")))
    if int(request.headers.get("content-length") or 0) > LARGEST_DOC_BYTES + 100_000:
        return JSONResponse({"error": "too_large", "error_descr": "the file is too large"}, 413)
    try:
        media = await receive(request, FIELDS[use], use, community, owner_id=-community.id, peer_id=int(mid))
    except Unsuitable as refused:
        return JSONResponse(_nothing(community, use, refused))
    return JSONResponse(_photo_answer(community, media) if use == "photo" else _doc_answer(community, media))


async def receive(
    request: Request, field: str, use: str, community: Community, *, owner_id: int, peer_id: int
) -> Media:
    """Store the file of a multipart form. Raises Unsuitable."""
    emulator = emulator_of(request)
    async with request.form(max_files=5, max_fields=20) as form:
        file = form.get(field)
        if not isinstance(file, UploadFile) or not file.size:
            raise Unsuitable("no_file", "no file was sent")
        name = file.filename or "file"
        media = await asyncio.to_thread(
            emulator.media.take, file.file, name, file.size, use=use,
            community_id=community.id, owner_id=owner_id, peer_id=peer_id,
        )  # fmt: skip
    emulator.world.save(media)
    await emulator.world.journal.settled()
    return media


def _photo_answer(community: Community, media: Media) -> Json:
    photo = json.dumps([{"markers_restarted": True, "photo": f"{media.token}:x"}], separators=(",", ":"))
    return {"server": UPLOAD_SERVER, "photo": photo, "hash": upload_hash(community, media.token)}


def _doc_answer(community: Community, media: Media) -> Json:
    signature = upload_hash(community, media.token)
    parts = (community.id, 0, media.peer_id, media.token, media.size, signature)
    return {"file": "|".join(str(part) for part in parts)}


def _nothing(community: Community, use: str, refused: Unsuitable) -> Json:
    if use == "photo":
        return {"server": UPLOAD_SERVER, "photo": "[]", "hash": upload_hash(community, "")}
    return {"error": refused.code, "error_descr": str(refused)}


async def show_picture(request: Request) -> Response:
    """A copy of a picture: the bytes of the original."""
    token, name = request.path_params["token"], request.path_params["name"]
    if token == SAMPLE:
        width, _, height = request.query_params.get("size", "").partition("x")
        if not (width.isdecimal() and height.isdecimal() and 0 < int(width) * int(height) < 5_000_000):
            width, height = "640", "480"
        hue = request.query_params.get("hue", "0")
        hue = hue[:3] if hue.isdecimal() else "0"
        content = sample_files.png(int(width), int(height), int(hue))
        return Response(content, media_type="image/png", headers=HEADERS)
    media = _media(emulator_of(request), token)
    return _file(emulator_of(request), media, name.rpartition(".")[2])


async def show_doc(request: Request) -> Response:
    """The link of a document: leads to its file."""
    owner, _, number = request.path_params["reference"].partition("_")
    emulator = emulator_of(request)
    if owner.removeprefix("-").isdecimal() and number.isdecimal():
        attachment = emulator.world.attachments.get((FAMILIES["doc"], int(owner), int(number)))
        if attachment is not None and attachment.access_key == request.query_params.get("hash"):
            media = _media(emulator, attachment.token)
            return RedirectResponse(download_path(media.token, media.filename), 302)
        if request.query_params.get("dl") == SAMPLE:
            return RedirectResponse(download_path(SAMPLE, "sample.pdf"), 302)
    raise Problem(404, "not_found", "There is no such document.")


async def show_file(request: Request) -> Response:
    """A document's bytes."""
    token, name = request.path_params["token"], request.path_params["name"]
    if token == SAMPLE:
        if name.endswith(".png"):
            return Response(sample_files.png(600, 400, 90), media_type="image/png", headers=HEADERS)
        return Response(sample_files.pdf(), media_type="application/pdf", headers=HEADERS)
    media = _media(emulator_of(request), token)
    disposition = "inline" if media.use == "graffiti" else "attachment"
    extension = media.filename.rpartition(".")[2].lower()
    return _file(emulator_of(request), media, extension, disposition=disposition)


async def show_voice(request: Request) -> Response:
    """A voice message."""
    token, _, extension = request.path_params["name"].partition(".")
    if token == SAMPLE:
        # From the disk, because players ask for the end of a file to learn how long it is.
        path = emulator_of(request).media.kept("sample.ogg", sample_files.ogg(SAMPLE_SECONDS))
        return FileResponse(path, media_type="audio/ogg", headers=HEADERS)
    return _file(emulator_of(request), _media(emulator_of(request), token), extension)


def _media(emulator: Emulator, token: str) -> Media:
    media = emulator.world.media.get(token)
    if media is None:
        raise Problem(404, "not_found", "There is no such file.")
    return media


def _file(emulator: Emulator, media: Media, extension: str, *, disposition: str = "inline") -> Response:
    return FileResponse(
        emulator.media.path(media),
        media_type=TYPES.get(extension, "application/octet-stream"),
        filename=media.filename if disposition == "attachment" else None,
        content_disposition_type=disposition,
        headers=HEADERS,
    )


ROUTES = [
    Route("/upload/{use}", upload, methods=["POST"]),
    Route("/impg/{token}/{name}", show_picture),
    Route("/doc{reference}", show_doc),
    Route("/s/v1/d/{token}/{name}", show_file),
    Route("/s/v1/amsg/{name}", show_voice),
]
