"""One address for several services: each request goes to the service that owns its path."""

from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.service import Service


class Router:
    """Finds the service by path prefix, the longest first; everything else is the front's."""

    def __init__(self, services: Sequence[Service], front: ASGIApp) -> None:
        apps = {service.name: service.app for service in services}
        routes = [(path.rstrip("/"), apps[service.name]) for service in services for path in service.paths]
        self._routes = sorted(routes, key=lambda route: len(route[0]), reverse=True)
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one ASGI scope on."""
        await self._app_for(scope.get("path", ""))(scope, receive, send)

    def _app_for(self, path: str) -> ASGIApp:
        for prefix, app in self._routes:
            if path == prefix or path.startswith(f"{prefix}/"):
                return app
        return self._front
