"""Operators' files on their way to VK: three steps each, per send (photos.*, docs.*)."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import update

from shared.database.engine import Database
from shared.database.session import Session
from shared.events.dialogs import OutgoingKind
from shared.files.chunks import FileMissing, StoreUnavailable
from shared.files.store import FileStore
from shared.http.client import HttpClient, Unreachable
from vk_gateway.health.actions import note_documents
from vk_gateway.health.rules import DOCUMENTS_ARE_OFF
from vk_gateway.outgoing.attempts import settle_upload_failure
from vk_gateway.outgoing.rules import Outcome, Verdict, judge_failure, judge_upload
from vk_gateway.tables import Outgoing, OutgoingPart
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import VkError, VkUnclear

log = structlog.get_logger()

AT_ONCE = 4
# VK's own reference to an upload is for the send that follows; older ones may be dead.
FRESH = timedelta(minutes=50)
SECONDS_MAX = 600.0
HTTP_OK = 200
HTTP_TOO_LARGE = 413
_DOCUMENT_TYPES = {OutgoingKind.DOCUMENT: "doc", OutgoingKind.VOICE: "audio_message"}


class NotTaken(Exception):
    """VK's upload server did not take a file; `reason` is a stable code when it never will."""

    def __init__(self, reason: str | None) -> None:
        super().__init__(reason or "not taken")
        self.reason = reason


class Uploads:
    """Uploads the files of replies, beside the rounds of sending: one large file delays nobody.

    What VK has is stored with the reply at once, so that neither a failing send nor a crash uploads it
    again. Needs no lease: uploaded twice is not sent twice.
    """

    def __init__(self, database: Database, store: FileStore, outside: HttpClient) -> None:
        self._database = database
        self._store = store
        self._outside = outside
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self.on_done: Callable[[], None] = lambda: None

    @property
    def dialogs(self) -> set[UUID]:
        """The dialogs whose next reply's files are being uploaded."""
        return set(self._tasks)

    def missing(self, parts: Sequence[OutgoingPart]) -> list[OutgoingPart]:
        """Return which of these files VK does not have, or not since lately."""
        oldest = self._database.world.now() - FRESH
        return [part for part in parts if part.uploaded_at is None or part.uploaded_at < oldest]

    def begin(self, reply: Outgoing, parts: Sequence[OutgoingPart], api: CommunityApi) -> None:
        """Upload what is missing of a reply's files in the background."""
        task = asyncio.create_task(self._upload(reply, self.missing(parts), api), name=f"uploads:{reply.id}")
        self._tasks[reply.dialog_id] = task
        task.add_done_callback(lambda _: self._ended(reply.dialog_id))

    def _ended(self, dialog_id: UUID) -> None:
        self._tasks.pop(dialog_id, None)
        self.on_done()

    async def stop(self) -> None:
        """Break off what is under way; it begins anew after the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _upload(self, reply: Outgoing, parts: Sequence[OutgoingPart], api: CommunityApi) -> None:
        try:
            async with self._room, asyncio.timeout(SECONDS_MAX):
                for part in parts:
                    reference = await self._upload_one(reply, part, api)
                    async with self._database.write() as session:
                        await _remember(session, part, reference)
                        if part.kind in _DOCUMENT_TYPES:
                            await note_documents(session, reply.integration_id, reply.epoch, on=True)
        except (
            VkError,
            VkUnclear,
            Unreachable,
            NotTaken,
            FileMissing,
            StoreUnavailable,
            TimeoutError,
        ) as error:
            outcome = _judge(error, attempts=reply.attempts + 1)
            log.info("upload_failed", reply_id=str(reply.id), error=repr(error), reason=outcome.reason)
            async with self._database.write() as session:
                await settle_upload_failure(session, reply, outcome)
                if outcome.reason == DOCUMENTS_ARE_OFF:
                    await note_documents(session, reply.integration_id, reply.epoch, on=False)
        except Exception as error:
            log.warning("upload_broke_off", reply_id=str(reply.id), error=repr(error), exc_info=True)
            await asyncio.sleep(self._database.world.jitter(2.0))

    async def _upload_one(self, reply: Outgoing, part: OutgoingPart, api: CommunityApi) -> str:
        if part.kind is OutgoingKind.PHOTO:
            server = await api.call("photos.getMessagesUploadServer", peer_id=reply.external_id)
            taken = await self._post(server, "photo", part)
            if taken.get("photo") in {None, "", "[]"}:
                raise NotTaken(None)
            answers = {name: taken.get(name, "") for name in ("photo", "server", "hash")}
            saved = await api.call("photos.saveMessagesPhoto", **answers)
            return _reference("photo", saved[0] if isinstance(saved, list) and saved else None)
        kind = _DOCUMENT_TYPES[part.kind]
        server = await api.call("docs.getMessagesUploadServer", type=kind, peer_id=reply.external_id)
        taken = await self._post(server, "file", part)
        if not isinstance(taken.get("file"), str) or not taken["file"]:
            raise NotTaken("file_too_large" if taken.get("error") == "too_large" else None)
        saved = await api.call("docs.save", file=taken["file"], title=part.name)
        return _reference("doc", saved.get(saved.get("type")) if isinstance(saved, dict) else None)

    async def _post(self, server: Any, field: str, part: OutgoingPart) -> dict[str, Any]:
        """Stream a file from the store to the address that VK gave for it."""
        url = server.get("upload_url") if isinstance(server, dict) else None
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise NotTaken(None)
        size = await self._store.size(part.key)
        answer = await self._outside.upload(
            url,
            field=field,
            name=part.name,
            media_type=part.media_type,
            size_bytes=size,
            chunks=self._store.read(part.key, end=size),
        )
        if answer.status == HTTP_TOO_LARGE:
            raise NotTaken("file_too_large")
        try:
            taken = answer.json() if answer.status == HTTP_OK else None
        except ValueError:
            taken = None
        if not isinstance(taken, dict):
            raise Unreachable(f"upload server: HTTP {answer.status}", sent=True)
        return taken


def _reference(kind: str, saved: Any) -> str:
    """Return what a message names a saved file by, with its access key where it has one."""
    try:
        reference = f"{kind}{int(saved['owner_id'])}_{int(saved['id'])}"
    except (TypeError, KeyError, ValueError):
        raise NotTaken(None) from None
    access_key = saved.get("access_key")
    return f"{reference}_{access_key}" if access_key else reference


def _judge(error: Exception, *, attempts: int) -> Outcome:
    """Judge why an upload failed. It has sent nothing, so it may always be tried again."""
    match error:
        case VkError() | VkUnclear():
            outcome = judge_failure(error, attempts=attempts)
            return (
                outcome if outcome.verdict is not Verdict.UNKNOWN else judge_upload(None, attempts=attempts)
            )
        case FileMissing():
            return Outcome(Verdict.REFUSED, reason="file_is_gone")
        case NotTaken(reason=reason):
            return judge_upload(reason or "file_not_taken", attempts=attempts, is_final=reason is not None)
        case _:
            return judge_upload(None, attempts=attempts)


async def _remember(session: Session, part: OutgoingPart, reference: str) -> None:
    chosen = (OutgoingPart.reply_id == part.reply_id) & (OutgoingPart.position == part.position)
    known = update(OutgoingPart).where(chosen).values(reference=reference, uploaded_at=session.now)
    await session.execute(known.execution_options(synchronize_session=False))
