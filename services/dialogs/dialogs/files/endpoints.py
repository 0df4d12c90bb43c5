"""Files over REST: downloads for the operators of their project, and uploads."""

from collections.abc import AsyncIterator
from functools import partial
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from dialogs.errors import (
    ClientIdReused,
    FileEmpty,
    FileNotFound,
    FileRefused,
    FilesUnavailable,
    RangeNotSatisfiable,
    RawBodyExpected,
    UploadBrokenOff,
    UploadTooLarge,
)
from dialogs.files.actions import Upload
from dialogs.files.queries import get_own_file, upload_view
from dialogs.files.rules import NoSuchRange, disposition, safe_name, served_type, shown_name, wanted_range
from dialogs.files.schemas import UploadOut
from dialogs.files.uploads import Uploads
from shared.files.chunks import FileMissing, StoreUnavailable
from shared.files.previews import MEDIA_TYPE as PREVIEW_TYPE
from shared.files.store import FileStore
from shared.http.access import ProjectNotFound, SignedIn
from shared.http.problems import explained
from shared.http.transaction import ReadOnly, transaction_of

PATH = "/api/v1/dialogs/files"
router = APIRouter(prefix=PATH, tags=["files"])
BYTES = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
FILE_ANSWERS = explained(FileNotFound, RangeNotSatisfiable, FilesUnavailable) | {
    200: {"description": "The file", **BYTES},
    206: {"description": "The part that Range asked for", **BYTES},
    304: {"description": "Not changed since ETag"},
}
# Whatever it is, it is no page of ours: nothing in it runs, and nobody may frame it.
POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'"


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=explained(
        ProjectNotFound,
        ClientIdReused,
        FileEmpty,
        FileRefused,
        UploadTooLarge,
        UploadBrokenOff,
        RawBodyExpected,
        FilesUnavailable,
    ),
    openapi_extra={"requestBody": {"required": True, "description": "The file itself", **BYTES}},
)
async def upload_file(
    request: Request,
    caller: SignedIn,
    project_id: UUID,
    client_id: Annotated[str, Query(min_length=1, max_length=64)],
    name: Annotated[str, Query(max_length=500)] = "",
    *,
    as_document: bool = False,
) -> UploadOut:
    """Upload a file for a reply. Its kind is found from its bytes; `as_document` sends a picture as it is.

    The same `client_id` again is the same file. What no reply takes up within a day is forgotten.
    """
    caller.require(project_id)
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise RawBodyExpected
    declared = request.headers.get("content-length", "")
    upload = Upload(
        project_id=project_id,
        operator_id=caller.operator_id,
        client_id=client_id,
        name=safe_name(name),
        size_bytes=int(declared) if declared.isdecimal() else None,
    )
    uploads: Uploads = request.app.state.uploads
    file = await uploads.take(
        upload, request.stream(), partial(transaction_of, request), as_document=as_document
    )
    return upload_view(file)


@router.get("/{file_id}", response_class=StreamingResponse, responses=FILE_ANSWERS)
async def download_file(file_id: UUID, request: Request, caller: SignedIn, session: ReadOnly) -> Response:
    """Download a file of a message. Only passive types are shown by a browser itself."""
    file = await get_own_file(session, file_id, caller)
    media_type = file.media_type or ""
    headers = {
        "Content-Disposition": disposition(shown_name(file.name, file.id, media_type), media_type),
        "ETag": f'"{file.id}"',
    }
    return await _served(request, str(file.key), int(file.size_bytes or 0), served_type(media_type), headers)


@router.get("/{file_id}/preview", response_class=StreamingResponse, responses=FILE_ANSWERS)
async def download_preview(file_id: UUID, request: Request, caller: SignedIn, session: ReadOnly) -> Response:
    """Download the small picture of a picture."""
    file = await get_own_file(session, file_id, caller)
    if file.preview_key is None:
        raise FileNotFound
    store: FileStore = request.app.state.files
    try:
        size_bytes = await store.size(file.preview_key)
    except FileMissing:
        raise FileNotFound from None
    except StoreUnavailable as error:
        raise FilesUnavailable from error
    headers = {"Content-Disposition": "inline", "ETag": f'"{file.id}.preview"'}
    return await _served(request, file.preview_key, size_bytes, PREVIEW_TYPE, headers)


async def _served(
    request: Request, key: str, size_bytes: int, media_type: str, headers: dict[str, str]
) -> Response:
    headers |= {
        "Accept-Ranges": "bytes",
        # Asked for again each time, so that it ends with the right to it; the answer is short.
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if headers["ETag"] in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    is_fresh = request.headers.get("if-range", headers["ETag"]) == headers["ETag"]
    try:
        part = wanted_range(request.headers.get("range"), size_bytes) if is_fresh else None
    except NoSuchRange:
        raise RangeNotSatisfiable(size_bytes=size_bytes) from None
    start, end = part or (0, size_bytes)
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size_bytes}"
    headers["Content-Length"] = str(end - start)
    store: FileStore = request.app.state.files
    chunks = await _begun(store.read(key, start=start, end=end))
    status = HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK
    return StreamingResponse(chunks, status, headers, media_type)


async def _begun(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Read the first piece, so that a file that cannot be had is a refusal and not half an answer."""
    try:
        first = await anext(chunks, b"")
    except FileMissing:
        raise FileNotFound from None
    except StoreUnavailable as error:
        raise FilesUnavailable from error

    async def all_of_it() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return all_of_it()
