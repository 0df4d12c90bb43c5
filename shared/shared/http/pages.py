"""Keyset pages: a signed cursor names the last row seen, so pages neither repeat nor skip rows."""

import base64
import hashlib
import hmac
import json
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query, Request
from pydantic import BaseModel

from shared.http.problems import Unprocessable

Item = TypeVar("Item")
LIMIT_DEFAULT = 50
LIMIT_MAX = 100
SIGNATURE_BYTES = 12


class InvalidCursor(Unprocessable):
    """The cursor is not one that this list gave out."""

    code = "invalid_cursor"
    title = "The cursor is not valid for this list."


class Page(BaseModel, Generic[Item]):
    """A part of a list. `next_cursor` is null on the last page."""

    items: list[Item]
    next_cursor: str | None


Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="How many at most")]
CursorText = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before")]


class Cursors:
    """Packs and unpacks cursors of one list. `scope` names list and filters: a cursor fits no other."""

    def __init__(self, secret: bytes, scope: str) -> None:
        self._secret = secret
        self._scope = scope.encode()

    def pack(self, *key: Any) -> str:
        """Return the cursor for a sort key (numbers and texts)."""
        body = json.dumps(key, separators=(",", ":"), ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(self._signature(body) + body).rstrip(b"=").decode()

    def unpack(self, cursor: str | None) -> list[Any] | None:
        """Return the sort key, None without a cursor. Raises InvalidCursor for anything not packed here."""
        if cursor is None:
            return None
        try:
            packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raise InvalidCursor from None
        signature, body = packed[:SIGNATURE_BYTES], packed[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(body)):
            raise InvalidCursor
        key: list[Any] = json.loads(body)
        return key

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._secret, self._scope + b"\0" + body, hashlib.sha256)[:SIGNATURE_BYTES]


def cursors(request: Request, scope: str) -> Cursors:
    """Return the cursors of one list of this service; put the filters into `scope`."""
    return Cursors(request.app.state.cursor_secret, scope)
