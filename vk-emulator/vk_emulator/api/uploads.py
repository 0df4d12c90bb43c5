"""photos.* and docs.*: where to upload, and saving what was uploaded."""

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from vk_emulator.api.destinations import peer_of, refusal
from vk_emulator.api.errors import VkError, missing_or_invalid
from vk_emulator.api.registry import Call, method
from vk_emulator.message_views import rehosted
from vk_emulator.model import Community, Json, Media

DOC_TYPES = ("doc", "audio_message", "graffiti")
UPLOAD_SERVER = 908132
ALBUM = -64
LONGEST_TITLE = 128


def upload_signature(community: Community, use: str, peer_id: int) -> str:
    """What an upload address must bear, so that only addresses that were given out work."""
    return hashlib.sha256(f"{community.upload_secret}:{use}:{peer_id}".encode()).hexdigest()[:32]


def upload_hash(community: Community, token: str) -> str:
    """What photos.saveMessagesPhoto must repeat."""
    return hashlib.sha256(f"{community.upload_secret}:{token}".encode()).hexdigest()[:32]


@method("photos.getMessagesUploadServer", right="photos")
async def get_photo_server(call: Call) -> Any:
    """Where to post a photo. VK: photos.getMessagesUploadServer. Raises 15, 901, 917, 936."""
    peer_id = _writable_peer(call) if call.parameters.has("peer_id") else 0
    answer = {"album_id": ALBUM, "upload_url": _address(call, "photo", peer_id)}
    return {**answer, "user_id": 0, "group_id": call.community.id}


@method("photos.saveMessagesPhoto", right="photos")
async def save_photo(call: Call) -> Any:
    """Save what the upload server answered; an array of one photo. VK: photos.saveMessagesPhoto.

    Raises 100, 118, 121.
    """
    parameters, community = call.parameters, call.community
    photo, server = parameters.required("photo"), parameters.required_integer("server")
    signature = parameters.required("hash")
    media = call.emulator.world.media.get(_token_of(photo))
    if media is None or media.use != "photo" or media.community_id != community.id:
        raise missing_or_invalid("photo is undefined")
    if server != UPLOAD_SERVER:
        raise VkError(118)
    if signature != upload_hash(community, media.token):
        raise VkError(121)
    return [_shown(call, media, "")["photo"]]


def _token_of(photo: str) -> str:
    try:
        [uploaded] = json.loads(photo)
        token, _, _ = uploaded["photo"].partition(":")
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""
    return str(token)


@method("docs.getMessagesUploadServer", right="docs")
async def get_doc_server(call: Call) -> Any:
    """Where to post a document, voice message or graffiti. VK: docs.getMessagesUploadServer.

    Raises 15, 100, 901, 917, 936.
    """
    use = call.parameters.text("type") or "doc"
    if use not in DOC_TYPES:
        raise missing_or_invalid("type should be doc, audio_message or graffiti")
    if not call.parameters.has("peer_id"):
        raise missing_or_invalid("peer_id is required for community messages")
    if not call.community.docs_enabled:
        raise VkError(15, "group docs are disabled")
    return {"upload_url": _address(call, use, _writable_peer(call))}


@method("docs.save", right="docs")
async def save_doc(call: Call) -> Any:
    """Save what the upload server answered. VK: docs.save. Raises 15, 100, 105."""
    if not call.community.docs_enabled:
        raise VkError(15, "group docs are disabled")
    parts = call.parameters.required("file").split("|")
    media = call.emulator.world.media.get(parts[3]) if len(parts) == 6 else None
    if media is None or media.use == "photo" or media.community_id != call.community.id:
        raise VkError(105)
    if parts[5] != upload_hash(call.community, media.token):
        raise VkError(105)
    return _shown(call, media, call.parameters.text("title")[:LONGEST_TITLE])


def _shown(call: Call, media: Media, title: str) -> Json:
    shown: Json = rehosted(call.emulator.media.save(media, title).content, call.origin)
    return shown


def _writable_peer(call: Call) -> int:
    peer_id = peer_of(call)
    refused = refusal(call, peer_id)
    if refused is not None:
        raise refused
    return peer_id


def _address(call: Call, use: str, peer_id: int) -> str:
    community = call.community
    if not community.upload_secret:
        community.upload_secret = call.emulator.clock.hexadecimal(32)
        call.emulator.world.save(community)
    query = {"act": "do_add", "mid": peer_id, "aid": ALBUM, "gid": community.id, "server": UPLOAD_SERVER}
    query |= {"hash": upload_signature(community, use, peer_id), "api": 1}
    return f"{call.origin}/upload/{use}?{urlencode(query)}"
