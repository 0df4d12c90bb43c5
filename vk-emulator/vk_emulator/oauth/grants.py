"""What people's consents become: codes, VK ID sessions, and the keys of communities."""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass

from vk_emulator.assumptions import Assumptions
from vk_emulator.clock import Clock
from vk_emulator.faults import Faults
from vk_emulator.model import Code, Json, Session, Token
from vk_emulator.world import OF_APP, World

IDENTITY = "identity"
COMMUNITIES = "communities"
CODE_SECONDS = {IDENTITY: 600.0, COMMUNITIES: 3600.0}
ACCESS_SECONDS = 3600
REFRESH_SECONDS = 180 * 86400


class OAuthError(Exception):
    """An error as OAuth has it: a code of the standard, words, and the HTTP status it usually comes with."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status

    def body(self) -> Json:
        """The error as JSON, or as parameters of the address a browser returns to."""
        return {"error": self.error, "error_description": self.description}


@dataclass
class Grants:
    """Gives codes for consents and tokens for codes."""

    world: World
    clock: Clock
    faults: Faults
    assumptions: Assumptions

    def code(
        self,
        flow: str,
        user_id: int,
        redirect_uri: str,
        scope: list[str],
        *,
        challenge: str = "",
        community_ids: tuple[int, ...] = (),
    ) -> Code:
        """A person consented."""
        prefix = "vk2.a." if flow == IDENTITY else ""
        code = Code(
            value=prefix + self.clock.hexadecimal(40),
            flow=flow,
            user_id=user_id,
            redirect_uri=redirect_uri,
            scope=scope,
            expires_at=self.clock.now() + self._life("oauth_code_life", CODE_SECONDS[flow]),
            challenge=challenge,
            device_id=self.clock.hexadecimal(32) if flow == IDENTITY else "",
            community_ids=list(community_ids),
        )
        self.world.save(code)
        return code

    def find_code(self, flow: str, value: str) -> Code:
        """The code that may still be exchanged. Raises OAuthError."""
        code = self.world.codes.get(value)
        if code is None or code.flow != flow or code.spent:
            raise OAuthError("invalid_grant", "Code is invalid or expired.", status=401)
        if code.expires_at <= self.clock.now():
            raise OAuthError("invalid_grant", "Code is expired.", status=401)
        return code

    def spend(self, code: Code) -> None:
        """The code is used up."""
        code.spent = True
        self.world.save(code)

    def failed_with(self, code: Code) -> None:
        """Somebody brought the code with something wrong beside it."""
        if not self.assumptions.code_survives_a_wrong_try:
            self.spend(code)

    def open_session(self, user_id: int, device_id: str, scope: list[str]) -> Session:
        """Sign a person in to the application."""
        now, app_id = self.clock.now(), self.world.app.id
        life = self._life("oauth_token_life", ACCESS_SECONDS)
        access = Token(
            f"vk2.a.{self.clock.hexadecimal(64)}", 0, scope,
            user_id=user_id, app_id=app_id, expires_at=now + life,
        )  # fmt: skip
        session = Session(
            refresh_token=f"vk2.a.{self.clock.hexadecimal(64)}",
            access_token=access.value,
            id_token=self._id_token(user_id, life),
            user_id=user_id,
            device_id=device_id,
            scope=scope,
            expires_at=now + REFRESH_SECONDS,
        )
        self.world.save(access, session)
        return session

    def live_session(self, refresh_token: str) -> Session | None:
        """The session whose refresh token still works."""
        session = self.world.sessions.get(refresh_token)
        alive = session is not None and not session.ended and session.expires_at > self.clock.now()
        return session if alive else None

    def close(self, session: Session, *, access: bool) -> None:
        """End a session's refresh token, and its access token too when told."""
        session.ended = True
        self.world.save(session)
        token = self.world.tokens.get(session.access_token)
        if access and token is not None:
            token.revoked = True
            self.world.save(token)

    def live_token(self, value: str) -> Token | None:
        """A person's access token that still works."""
        token = self.world.tokens.get(value)
        if token is None or token.bearer != "user" or token.revoked:
            return None
        return None if token.expires_at is not None and token.expires_at <= self.clock.now() else token

    def withdraw(self, user_id: int) -> int:
        """The person takes all consents of VK ID back; answers how many sessions end."""
        sessions = [s for s in self.world.sessions.values() if s.user_id == user_id]
        for session in sessions:
            self.close(session, access=True)
        return len(sessions)

    def community_key(self, community_id: int, user_id: int, rights: list[str]) -> Token:
        """A key of the application for a community; it never ends by itself."""
        lost = self.faults.strike(OF_APP, "oauth_fewer_rights")
        kept = [right for right in rights if lost is None or right != lost.options["right"]]
        token = Token(
            f"vk1.a.{self.clock.hexadecimal(64)}", community_id, kept,
            user_id=user_id, app_id=self.world.app.id,
        )  # fmt: skip
        self.world.save(token)
        return token

    def user_of_id_token(self, id_token: str) -> int | None:
        """Whom an id token of the application names, whatever its age."""
        parts = id_token.split(".") if id_token.isascii() else []
        if len(parts) != 3 or not hmac.compare_digest(self._signature(".".join(parts[:2])), parts[2]):
            return None
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        return int(json.loads(base64.urlsafe_b64decode(padded))["sub"])

    def _id_token(self, user_id: int, life: float) -> str:
        now = self.clock.unix()
        claims = {"iss": "VK", "sub": user_id, "app": self.world.app.id, "iat": now, "exp": now + int(life)}
        head = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims))
        return f"{head}.{self._signature(head)}"

    def _signature(self, head: str) -> str:
        return _encoded(hmac.digest(self.world.app.secret.encode(), head.encode(), "sha256"))

    def _life(self, fault: str, otherwise: float) -> float:
        return self.faults.option(OF_APP, fault, "seconds", otherwise)


def proves(challenge: str, verifier: str) -> bool:
    """Whether a PKCE verifier belongs to the challenge (S256)."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{43,128}", verifier):
        return False
    return hmac.compare_digest(_encoded(hashlib.sha256(verifier.encode()).digest()), challenge)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
