"""What every endpoint of accounts may ask for."""

from typing import Annotated

from fastapi import Depends, Request

from accounts.parts import Parts


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.accounts
    return parts


PartsOfRequest = Annotated[Parts, Depends(_parts)]
