"""The pages' routes: the chat, what is saved of it, the description of the JSON interface."""

from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from pydantic import Field
from starlette.responses import Response

from chatbot.article import Article
from chatbot.errors import QuestionError, UnknownArticleError
from chatbot.limits import check_question
from chatbot.listing import ArticleQuery
from chatbot.scope import Scope
from chatbot.suggestions import take_turns
from web.articles import laid_out
from web.asked import AskedArticles, ScopeFields
from web.conversation import (
    SAVED,
    AskedBody,
    Conversation,
    ask,
    best_quotation,
    conversation_json,
    read_asked,
    replay,
)
from web.engine import ChatbotLike, ReadyChatbot
from web.limits import CountedQuestion
from web.markdown import conversation_markdown
from web.pages import offered_questions
from web.reference import operations
from web.rendering import render

FIRST_OFFERED = 6
SUGGESTING = 3  # articles, of several that are asked, whose questions are offered
FEW = 8  # articles that can be chosen beside the question, without going to the list
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Choice:
    """An article that can be chosen beside the question."""

    id: str
    title: str
    published: str | None
    chosen: bool


class AskAddress(ScopeFields):
    """An answer's permanent link."""

    q: str = ""
    turn: Annotated[list[str], Field(default_factory=list)]


class AskForm(ScopeFields):
    """The chat's form: what is typed or chosen, and what the page carries."""

    turn: Annotated[list[str], Field(default_factory=list)]
    question: str = ""
    suggestion: str = ""
    alone: str = ""

    def asked(self, scope: Scope) -> AskedBody:
        """Give the question to ask: one chosen to be asked alone, a suggested one, or the typed one.

        Raises:
            QuestionError: there is none, or it cannot be asked.
        """
        typed = check_question(self.alone or self.suggestion or self.question)
        return AskedBody(question=typed, alone=bool(self.alone)).of(scope)

    @property
    def draft(self) -> str:
        """Give what is typed and not asked, since something else is."""
        return self.question if self.alone or self.suggestion else ""

    @property
    def asks(self) -> bool:
        """Tell whether there is anything to ask."""
        return bool(self.alone or self.suggestion or self.question)


PageForm = Annotated[AskForm, Form()]


@router.get("/")
def chat(request: Request, chatbot: ReadyChatbot, chosen: Annotated[ScopeFields, Query()]) -> Response:
    """Show the first screen."""
    return _chat_page(request, chatbot, Conversation(), chosen.scope(chatbot))


@router.get("/ask")
def ask_by_address(
    request: Request,
    chatbot: ReadyChatbot,
    counted: CountedQuestion,
    address: Annotated[AskAddress, Query()],
) -> Response:
    """Answer the question in the address: an answer's permanent link."""
    scope = address.scope(chatbot)
    before = read_asked(address.turn, scope)
    try:
        asked = AskedBody(question=check_question(address.q)).of(scope)
    except QuestionError as error:
        return _chat_page(request, chatbot, Conversation((), tuple(before)), scope, address.q, str(error))
    return _chat_page(
        request, chatbot, Conversation((ask(chatbot, asked, before),), tuple(before)), scope, linked=True
    )


@router.post("/")
def ask_and_show_all(
    request: Request, chatbot: ReadyChatbot, counted: CountedQuestion, form: PageForm
) -> Response:
    """Answer without script: the whole conversation anew, with the new question at its end.

    Without a question it is the conversation alone, as a page that is shown again needs it.
    """
    before, scope = read_asked(form.turn), Scope()
    try:
        scope = form.scope(chatbot)
        asked = [form.asked(scope)] if form.asks or not before else []
    except (QuestionError, UnknownArticleError) as error:
        return _chat_page(request, chatbot, replay(chatbot, before), scope, form.question, str(error))
    return _chat_page(request, chatbot, replay(chatbot, [*before, *asked]), scope, form.draft)


@router.post("/turn")
def ask_and_show_turn(
    request: Request, chatbot: ReadyChatbot, counted: CountedQuestion, form: PageForm
) -> Response:
    """Answer for the script: the new exchange alone, from the template that the page uses."""
    before, scope = read_asked(form.turn), form.scope(chatbot)
    exchange = ask(chatbot, form.asked(scope), before)
    known = [*(earlier.question for earlier in before), exchange.asked.question]
    context = {"exchange": exchange, "latest": False, **_about(chatbot, scope, known)}
    return render(request, "turn.html", context)


@router.post("/conversation.json")
def export_json(chatbot: ReadyChatbot, counted: CountedQuestion, form: PageForm) -> Response:
    """Give the conversation's answers as a file that ``chatbot verify`` reads."""
    return _file(conversation_json(_whole(chatbot, form)), "application/json", "conversation.json")


@router.post("/conversation.md")
def export_markdown(
    request: Request, chatbot: ReadyChatbot, counted: CountedQuestion, form: PageForm
) -> Response:
    """Give the conversation to read and to pass on."""
    home = str(request.base_url).rstrip("/")
    written = conversation_markdown(_whole(chatbot, form), home, chatbot.article_count)
    return _file(written, "text/markdown; charset=utf-8", "conversation.md")


@router.get("/docs")
def docs(request: Request) -> Response:
    """Describe the JSON interface."""
    described = request.app.openapi()
    context = {"description": described["info"]["description"], "operations": operations(described)}
    return render(request, "docs.html", context)


def _whole(chatbot: ChatbotLike, form: AskForm) -> Conversation:
    """Give all of a conversation that a page carries; raises QuestionError if that is nothing."""
    asked = read_asked(form.turn)
    if not asked:
        raise QuestionError("turn", "expected a conversation to save, got none; ask a question first")
    return replay(chatbot, asked, SAVED)


def _file(text: str, media_type: str, name: str) -> Response:
    return Response(
        text, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _chat_page(
    request: Request,
    chatbot: ChatbotLike,
    conversation: Conversation,
    scope: Scope,
    typed: str = "",
    refusal: str | None = None,
    linked: bool = False,
) -> Response:
    best = best_quotation(conversation)
    shown = best.article.id if best else _first(chatbot, scope).id
    mark = f"{best.start}-{best.end}" if best else None
    known = [exchange.asked.question for exchange in conversation.exchanges]
    context = {
        "conversation": conversation,
        "linked": linked,
        "first_questions": _suggestions(chatbot, scope)[:FIRST_OFFERED],
        "typed": typed,
        "refusal": refusal,
        "choices": _choices(chatbot, scope),
        "dated": chatbot.facets().dated,
        **_about(chatbot, scope, known),
        **laid_out(chatbot, shown, mark),
    }
    return render(request, "chat.html", context, status=422 if refusal else 200)


def _about(chatbot: ChatbotLike, scope: Scope, asked: list[str]) -> dict[str, object]:
    """Give what a turn's template needs to know of the library."""
    return {
        "asked": AskedArticles.of(chatbot, scope),
        "library_size": chatbot.article_count,
        "article_of": chatbot.article,
        "saved": SAVED,
        "offered": offered_questions(_suggestions(chatbot, scope), asked),
    }


def _suggestions(chatbot: ChatbotLike, scope: Scope) -> tuple[str, ...]:
    """Give questions that what is asked answers: of several articles those of the first few, in turn."""
    if scope.is_everything:
        return chatbot.suggestions()
    return take_turns(chatbot.suggestions(article_id) for article_id in _held(chatbot, scope, SUGGESTING))


def _first(chatbot: ChatbotLike, scope: Scope) -> Article:
    """Give the article to show before anything is quoted."""
    held = () if scope.is_everything else _held(chatbot, scope, 1)
    ids = (*held, *(scope.article_ids or ()))
    return chatbot.article(ids[0]) if ids else chatbot.first_article


def _held(chatbot: ChatbotLike, scope: Scope, limit: int) -> tuple[str, ...]:
    """Give the ids of the first articles of a scope that is not everything."""
    if scope.article_ids:
        held = (one for one in scope.article_ids if scope.holds(chatbot.article(one)))
        return tuple(islice(held, limit))
    dates = ArticleQuery(published_from=scope.published_from, published_to=scope.published_to, limit=limit)
    return tuple(article.id for article in chatbot.list_articles(dates).articles)


def _choices(chatbot: ChatbotLike, scope: Scope) -> list[Choice]:
    """Give the articles to choose from: all of a small library, of a larger one those that are chosen."""
    chosen = scope.article_ids or ()
    if chatbot.article_count > FEW:
        articles = map(chatbot.article, chosen)
        return [Choice(article.id, article.title, article.published, True) for article in articles]
    listed = chatbot.list_articles(ArticleQuery(order="title", limit=FEW)).articles
    return [Choice(article.id, article.title, article.published, article.id in chosen) for article in listed]
