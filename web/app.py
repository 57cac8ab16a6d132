"""The app: the parts put together, the same for the server and for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from chatbot.feedback import FeedbackStore
from chatbot.formats import MEBIBYTE
from chatbot.settings import Settings
from web import adding, adding_pages, api, articles, feedback, site, widget
from web.adding import Intake
from web.engine import ChatbotLike, Engine
from web.limits import AskingRate, BodyLimit
from web.methods import HeadAsGet
from web.openapi import DescribedApp
from web.problems import install_problems
from web.security import SecurityHeaders

FORM_BYTES = MEBIBYTE  # that a form may take beside its file
CONVERSATION_BYTES = 2 * MEBIBYTE  # each question of one may name as many articles as can be chosen
STATIC = Path(__file__).parent / "static"
DESCRIPTION = (
    "Ask news articles questions. Answers are verbatim quotations, with their place in the article's text "
    "and a calibrated confidence; when the articles do not say, the answer says that. Nothing is composed "
    "by the program. Offsets count Unicode code points of the article's text."
)
TAGS = [
    {"name": "questions", "description": "Ask, and search."},
    {"name": "articles", "description": "What the library holds."},
    {"name": "operation", "description": "Is the server alive, is it ready?"},
]


def create_app(settings: Settings, chatbot: ChatbotLike | None = None) -> FastAPI:
    """Make the app.

    Without a chatbot one is opened in the background when the app starts; until then
    everything but ``/api/health`` and the static files answers 503.
    """
    engine = Engine(chatbot)
    intake = Intake(settings) if settings.adding else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine.start(settings)
        yield
        engine.close()
        if intake is not None:
            intake.close()

    largest = settings.file_mebibytes * MEBIBYTE
    uploads = dict.fromkeys(("/", "/turn", "/conversation.json", "/conversation.md"), CONVERSATION_BYTES)
    if settings.adding:
        uploads |= {"/api/articles": largest, "/add": largest + FORM_BYTES}
    app = DescribedApp(
        title="Ask the article",
        version="1",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders), Middleware(HeadAsGet), Middleware(BodyLimit, uploads=uploads)],
    )
    app.state.engine = engine
    app.state.asking_rate = AskingRate(settings.requests_per_minute)
    app.state.feedback = FeedbackStore(settings.data_dir) if settings.feedback else None
    app.state.widget_origins = settings.widget_origins
    app.include_router(api.router)
    if settings.feedback:
        app.include_router(feedback.router)
    app.state.adding = settings.adding
    if settings.adding:
        app.state.intake = intake
        app.state.largest_file = largest
        app.state.adding_token = settings.adding_token and settings.adding_token.get_secret_value()
        app.include_router(adding.router)
        app.include_router(adding_pages.router)
    app.include_router(site.router)
    app.include_router(articles.router)
    app.include_router(widget.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    install_problems(app)
    return app
