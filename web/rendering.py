"""Rendering: the templates, escaped without exception."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.templating import Jinja2Templates

from chatbot.answer import refusal_words, unknown_words
from web import addresses, asked, dates, pages

HERE = Path(__file__).parent


def make_templates() -> Jinja2Templates:
    """Give the templates; every value is escaped, and an unknown name is an error."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(addresses=addresses, asking=asked, dates=dates, pages=pages)
    environment.globals.update(refusal_words=refusal_words, unknown_words=unknown_words)
    return Jinja2Templates(env=environment)


TEMPLATES = make_templates()


def render(
    request: Request,
    name: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Render a template to a response."""
    return TEMPLATES.TemplateResponse(request, name, dict(context), status, headers)
