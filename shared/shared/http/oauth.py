"""Being an application at an authorization server: OAuth's authorization code flow (Authlib on httpx).

Nothing is kept between calls: the state, the PKCE verifier and what a code was worth are the caller's.
"""

import asyncio
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.deprecate import AuthlibDeprecationWarning
from authlib.oauth2 import OAuth2Client as AddressMaker

from shared.http.client import NEVER_SENT, Unreachable, trusted_authorities

with warnings.catch_warnings():
    # It asks for another client than httpx; see docs/decisions/0014.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError


class OauthRefused(Exception):
    """The server said no. `code` is OAuth's word for why, e.g. `invalid_grant`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class OauthApp:
    """An application, as one authorization server knows it. Without a secret it is a public client."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str = "",
        authorize_url: str,
        token_url: str,
        redirect_uri: str,
        scope: str,
        timeout_seconds: float,
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._authorize_url = authorize_url
        self._token_url = token_url
        self._redirect_uri = redirect_uri
        self._scope = scope
        self._timeout_seconds = timeout_seconds

    def page(self, state: str, *, verifier: str | None = None, **more: str) -> str:
        """Return where a person goes to say yes. With a PKCE verifier its S256 challenge goes along."""
        maker = AddressMaker(
            None,
            client_id=self._client_id,
            scope=self._scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
        )
        address, _ = maker.create_authorization_url(
            self._authorize_url, state=state, code_verifier=verifier, **more
        )
        return str(address)

    async def exchange(
        self, code: str, *, verifier: str | None = None, form: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Exchange a code for what it is worth, in whatever shape the server gives it.

        `form` is sent along. Raises OauthRefused; Unreachable when nobody can tell, and then `sent` says
        whether the code may be spent.
        """
        proof = {"code_verifier": verifier} if verifier else {}
        try:
            # The client's own time-outs are for each part; an answer that drips would never end.
            async with asyncio.timeout(self._timeout_seconds), self._client() as client:
                token = await client.fetch_token(
                    self._token_url,
                    grant_type="authorization_code",
                    code=code,
                    body=urlencode(form or {}),
                    **proof,
                )
        except OAuthError as error:
            raise OauthRefused(str(error.error)[:100]) from None
        except NEVER_SENT as error:
            raise Unreachable(type(error).__name__, sent=False) from error
        except (httpx.HTTPError, TimeoutError, ValueError, TypeError) as error:
            raise Unreachable(type(error).__name__, sent=True) from error
        return dict(token)

    def _client(self) -> AsyncOAuth2Client:
        """Make a client for one exchange: it would keep the token that it was given."""
        return AsyncOAuth2Client(
            client_id=self._client_id,
            client_secret=self._client_secret or None,
            token_endpoint_auth_method="client_secret_post" if self._client_secret else "none",
            redirect_uri=self._redirect_uri,
            timeout=httpx.Timeout(self._timeout_seconds, connect=min(5.0, self._timeout_seconds)),
            follow_redirects=False,
            verify=trusted_authorities(),
            trust_env=False,
        )
