"""The pages' routes: the chat, the articles, the description of the JSON interface."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from chatbot.article import Article
from chatbot.chatbot import check_question
from chatbot.errors import QuestionError
from web.conversation import AskedBody, Conversation, ask, best_quotation, read_asked, replay
from web.engine import ChatbotLike, ReadyChatbot
from web.limits import CountedQuestion
from web.pages import lay_out, offered_questions, read_mark
from web.reference import operations
from web.rendering import render

FIRST_OFFERED = 6
router = APIRouter(include_in_schema=False)
Marked = Annotated[str | None, Query(alias="c")]


class AskForm(BaseModel):
    """The chat's form: what is typed or chosen, and what the page carries."""

    turn: list[str] = []
    question: str = ""
    suggestion: str = ""
    article_id: str = ""

    @property
    def asked(self) -> str:
        """Give the suggested question if one was chosen, else the typed one."""
        return self.suggestion or self.question


@router.get("/")
def chat(
    request: Request, chatbot: ReadyChatbot, article_id: Annotated[str | None, Query()] = None
) -> Response:
    """Show the first screen."""
    return _chat_page(request, chatbot, Conversation(), _chosen(chatbot, article_id))


@router.post("/")
def ask_and_show_all(
    request: Request, chatbot: ReadyChatbot, counted: CountedQuestion, form: Annotated[AskForm, Form()]
) -> Response:
    """Answer without script: the whole conversation anew, with the new question at its end.

    Without a question it is the conversation alone, as a page that is shown again needs it.
    """
    asked, chosen = read_asked(form.turn), _chosen(chatbot, form.article_id)
    if asked and not form.asked:
        return _chat_page(request, chatbot, replay(chatbot, asked), chosen)
    try:
        typed = check_question(form.asked)
    except QuestionError as error:
        return _chat_page(request, chatbot, replay(chatbot, asked), chosen, form.question, str(error))
    new = AskedBody(question=typed, article_id=chosen)
    return _chat_page(request, chatbot, replay(chatbot, [*asked, new]), chosen)


@router.post("/turn")
def ask_and_show_turn(
    request: Request, chatbot: ReadyChatbot, counted: CountedQuestion, form: Annotated[AskForm, Form()]
) -> Response:
    """Answer for the script: the new exchange alone, from the template that the page uses."""
    asked, chosen = read_asked(form.turn), _chosen(chatbot, form.article_id)
    exchange = ask(chatbot, asked, check_question(form.asked), chosen)
    known = [*(earlier.question for earlier in asked), exchange.question]
    return render(
        request,
        "turn.html",
        {"exchange": exchange, "latest": False, **_about(chatbot, chosen, known)},
    )


@router.get("/articles")
def articles(request: Request, chatbot: ReadyChatbot) -> Response:
    """List the articles."""
    return render(request, "articles.html", {"articles": chatbot.articles})


@router.get("/articles/{article_id}")
def article(request: Request, chatbot: ReadyChatbot, article_id: str, c: Marked = None) -> Response:
    """Show an article as reading matter, with a range marked if the address names one."""
    return render(request, "article.html", _laid_out(chatbot, article_id, c))


@router.get("/articles/{article_id}/pane")
def pane(request: Request, chatbot: ReadyChatbot, article_id: str, c: Marked = None) -> Response:
    """Show an article for the pane beside the chat."""
    return render(request, "pane.html", _laid_out(chatbot, article_id, c))


@router.get("/docs")
def docs(request: Request) -> Response:
    """Describe the JSON interface."""
    described = request.app.openapi()
    context = {"description": described["info"]["description"], "operations": operations(described)}
    return render(request, "docs.html", context)


def _chosen(chatbot: ChatbotLike, article_id: str | None) -> str | None:
    """Give the id of the article that is asked; raises UnknownArticleError."""
    return chatbot.article(article_id).id if article_id else None


def _chat_page(
    request: Request,
    chatbot: ChatbotLike,
    conversation: Conversation,
    article_id: str | None,
    typed: str = "",
    refusal: str | None = None,
) -> Response:
    best = best_quotation(conversation)
    shown = best.article.id if best else article_id or chatbot.articles[0].id
    mark = f"{best.start}-{best.end}" if best else None
    known = [exchange.question for exchange in conversation.exchanges]
    context = {
        "conversation": conversation,
        "articles": chatbot.articles,
        "first_questions": chatbot.suggestions(article_id)[:FIRST_OFFERED],
        "typed": typed,
        "refusal": refusal,
        **_about(chatbot, article_id, known),
        **_laid_out(chatbot, shown, mark),
    }
    return render(request, "chat.html", context, status=422 if refusal else 200)


def _about(chatbot: ChatbotLike, article_id: str | None, asked: list[str]) -> dict[str, object]:
    """Give what a turn's template needs to know of the library."""
    return {
        "article_id": article_id,
        "asked_articles": 1 if article_id else len(chatbot.articles),
        "library_size": len(chatbot.articles),
        "offered": offered_questions(chatbot.suggestions(article_id), asked),
    }


def _laid_out(chatbot: ChatbotLike, article_id: str, c: str | None) -> dict[str, object]:
    shown: Article = chatbot.article(article_id)
    mark, fault = read_mark(c, shown.text)
    blocks = lay_out(shown, chatbot.passages(article_id), mark)
    return {"article": shown, "blocks": blocks, "mark": mark, "fault": fault}
