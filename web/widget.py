"""The widget: the chat inside pages of other sites, and a page that shows how.

The line of script that a site adds (``/widget.js``) puts a custom element into its page.
The element shows ``/widget`` in a frame, so neither page's style or script reaches the
other, and every request of the chat stays on this site. Which sites may do so is said to
the browser by the frame's own ``frame-ancestors``.
"""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from chatbot.errors import UnknownArticleError
from web.engine import ChatbotLike, Engine, ReadyChatbot
from web.pages import lay_out
from web.problems import Problem, describe
from web.rendering import render
from web.security import CONTENT_POLICY

SCRIPT = Path(__file__).parent / "static" / "widget.js"
OFFERED = 3
router = APIRouter(include_in_schema=False)
AskedArticle = Annotated[str | None, Query(alias="article_id")]


@router.get("/widget.js")
def script() -> Response:
    """Give the script to any site; the frame decides where the chat is shown."""
    return FileResponse(
        SCRIPT, media_type="text/javascript", headers={"Cross-Origin-Resource-Policy": "cross-origin"}
    )


@router.get("/widget")
def widget(request: Request, article_id: AskedArticle = None) -> Response:
    """Show the chat for a frame; also what keeps it from being shown, or the frame stays empty."""
    engine: Engine = request.app.state.engine
    problem: Problem | None = None
    context: dict[str, object] = {}
    try:
        context = _asked(engine.require(), article_id)
    except (HTTPException, UnknownArticleError) as error:
        problem = describe(error)
    status = problem.status if problem else 200
    response = render(request, "widget.html", {"problem": problem, **context}, status=status)
    response.headers["Content-Security-Policy"] = frame_policy(request.app.state.widget_origins)
    return response


@router.get("/demo")
def demo(request: Request, chatbot: ReadyChatbot, article_id: AskedArticle = None) -> Response:
    """Show an article's page with the widget in it; there is none while no site may show it."""
    if not request.app.state.widget_origins:
        raise HTTPException(404)
    article = chatbot.article(article_id) if article_id else chatbot.first_article
    context = {
        "article": article,
        "blocks": lay_out(article, chatbot.passages(article.id)),
        "mark": None,
        "fault": None,
        "home": str(request.base_url).rstrip("/"),
    }
    response = render(request, "demo.html", context)
    response.headers["Content-Security-Policy"] = f"{CONTENT_POLICY}; frame-src 'self'"
    return response


def frame_policy(origins: tuple[str, ...]) -> str:
    """Give this site's policy, with those that may frame the chat: the origins, and then this site."""
    framers = " ".join(["'self'", *origins]) if origins else "'none'"
    return CONTENT_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {framers}")


def _asked(chatbot: ChatbotLike, article_id: str | None) -> dict[str, object]:
    """Give what the frame shows of the articles that it asks."""
    article = chatbot.article(article_id) if article_id else None
    return {
        "article": article,
        "asked_articles": 1 if article else chatbot.article_count,
        "first_questions": chatbot.suggestions(article.id if article else None)[:OFFERED],
    }
