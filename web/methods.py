"""Methods: which ones an address takes, and HEAD wherever GET is."""

from fastapi import Request
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")


class HeadAsGet:
    """Answer HEAD as GET is answered, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        return await self.app({**scope, "method": "GET"}, receive, send_without_body)


def allowed_methods(request: Request) -> str:
    """Name the methods that an address takes, over all of its routes, as the Allow header does."""
    allowed = {method for method in METHODS if _takes(request, method)}
    return ", ".join(sorted(allowed | {"HEAD"} if "GET" in allowed else allowed))


def _takes(request: Request, method: str) -> bool:
    # a mounted folder has put its own path before the app's
    root = request.scope.get("app_root_path", request.scope.get("root_path", ""))
    scope = {**request.scope, "method": method, "root_path": root}
    matches = (route for route in request.app.routes if route.matches(scope)[0] is Match.FULL)
    # a mounted folder matches every method, but serves files alone
    return any(not isinstance(route, Mount) or method == "GET" for route in matches)
