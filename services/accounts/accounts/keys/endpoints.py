"""The public keys, for every service that checks access tokens."""

from typing import Any

from fastapi import APIRouter

from accounts.endpoints import PartsOfRequest

router = APIRouter(tags=["keys"])


@router.get("/jwks.json")
async def get_public_keys(parts: PartsOfRequest) -> dict[str, Any]:
    """Return the JSON Web Key Set that access tokens are checked with."""
    return parts.keys.published()
