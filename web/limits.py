"""Limits: how large a body may be, and how often one client may ask."""

import math
import time
from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Depends, Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import respond

MAX_BODY_BYTES = 64 * 1024
Counted = Literal["questions", "labels"]


class BodyLimit:
    """Refuse a body over the limit with 413, also one that does not declare its length."""

    def __init__(
        self, app: ASGIApp, limit: int = MAX_BODY_BYTES, uploads: Mapping[str, int] | None = None
    ) -> None:
        """Wrap an app; ``limit`` counts bytes, and ``uploads`` gives the paths with a limit of their own."""
        self.app = app
        self.limit = limit
        self.uploads = uploads or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit = self.uploads.get(scope["path"], self.limit)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            response = respond(Request(scope), _too_large(declared, limit))
            return await response(scope, receive, send)
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(f"at least {received}", limit)
            return message

        return await self.app(scope, receive_counted, send)


def _too_large(size: str, limit: int) -> HTTPException:
    return HTTPException(413, f"Expected a body of at most {limit} bytes, got {size}; send less.")


class AskingRate:
    """Count each client's questions of the minute, and what it judges; a rate of 0 counts nothing."""

    def __init__(self, per_minute: int) -> None:
        """Allow so many questions a minute, and as many labels."""
        self.per_minute = per_minute
        self._limiter = FixedWindowRateLimiter(MemoryStorage()) if per_minute else None

    def check(self, client: str, counted: Counted = "questions") -> None:
        """Count one question or label.

        Raises:
            HTTPException: 429, when those of the minute are used up.
        """
        if self._limiter is None:
            return
        rate = RateLimitItemPerMinute(self.per_minute)
        if self._limiter.hit(rate, client, counted):
            return
        wait = max(1, math.ceil(self._limiter.get_window_stats(rate, client, counted).reset_time - time.time()))
        again = "ask" if counted == "questions" else "judge"
        detail = (
            f"Expected at most {self.per_minute} {counted} a minute, got more; {again} again in {wait} seconds."
        )
        raise HTTPException(429, detail, {"Retry-After": str(wait)})


def _count(request: Request, counted: Counted) -> None:
    rate: AskingRate = request.app.state.asking_rate
    rate.check(request.client.host if request.client else "unknown", counted)


def _count_question(request: Request) -> None:
    _count(request, "questions")


def _count_label(request: Request) -> None:
    _count(request, "labels")


CountedQuestion = Annotated[None, Depends(_count_question)]
CountedLabel = Annotated[None, Depends(_count_label)]
