"""The pages' routes: the chat, the articles, the description of the JSON interface."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from chatbot.article import Article
from chatbot.chatbot import check_question
from chatbot.errors import QuestionError
from web.conversation import (
    CARRIED,
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
from web.pages import lay_out, offered_questions, passage_questions, read_mark
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
    alone: str = ""
    article_id: str = ""

    def asked(self, article_id: str | None) -> AskedBody:
        """Give the question to ask: one chosen to be asked alone, a suggested one, or the typed one.

        Raises:
            QuestionError: there is none, or it cannot be asked.
        """
        typed = check_question(self.alone or self.suggestion or self.question)
        return AskedBody(question=typed, article_id=article_id, alone=bool(self.alone))

    @property
    def asks(self) -> bool:
        """Tell whether there is anything to ask."""
        return bool(self.alone or self.suggestion or self.question)


PageForm = Annotated[AskForm, Form()]


@router.get("/")
def chat(
    request: Request, chatbot: ReadyChatbot, article_id: Annotated[str | None, Query()] = None
) -> Response:
    """Show the first screen."""
    return _chat_page(request, chatbot, Conversation(), _chosen(chatbot, article_id))


@router.get("/ask")
def ask_by_address(
    request: Request,
    chatbot: ReadyChatbot,
    counted: CountedQuestion,
    q: Annotated[str, Query()] = "",
    article_id: Annotated[str | None, Query()] = None,
    turn: Annotated[list[str], Query()] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Answer the question in the address: an answer's permanent link."""
    before, chosen = read_asked(turn), _chosen(chatbot, article_id)
    try:
        asked = AskedBody(question=check_question(q), article_id=chosen)
    except QuestionError as error:
        return _chat_page(request, chatbot, Conversation((), tuple(before)), chosen, q, str(error))
    return _chat_page(
        request, chatbot, Conversation((ask(chatbot, asked, before),), tuple(before)), chosen, linked=True
    )


@router.post("/")
def ask_and_show_all(
    request: Request, chatbot: ReadyChatbot, counted: CountedQuestion, form: PageForm
) -> Response:
    """Answer without script: the whole conversation anew, with the new question at its end.

    Without a question it is the conversation alone, as a page that is shown again needs it.
    """
    before, chosen = read_asked(form.turn), _chosen(chatbot, form.article_id)
    if before and not form.asks:
        return _chat_page(request, chatbot, replay(chatbot, before), chosen)
    try:
        asked = form.asked(chosen)
    except QuestionError as error:
        return _chat_page(request, chatbot, replay(chatbot, before), chosen, form.question, str(error))
    return _chat_page(request, chatbot, replay(chatbot, [*before, asked]), chosen)


@router.post("/turn")
def ask_and_show_turn(
    request: Request, chatbot: ReadyChatbot, counted: CountedQuestion, form: PageForm
) -> Response:
    """Answer for the script: the new exchange alone, from the template that the page uses."""
    before, chosen = read_asked(form.turn), _chosen(chatbot, form.article_id)
    exchange = ask(chatbot, form.asked(chosen), before)
    known = [*(earlier.question for earlier in before), exchange.asked.question]
    return render(
        request,
        "turn.html",
        {"exchange": exchange, "latest": False, **_about(chatbot, chosen, known)},
    )


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
    written = conversation_markdown(_whole(chatbot, form), home, len(chatbot.articles))
    return _file(written, "text/markdown; charset=utf-8", "conversation.md")


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
    """Give the id of the article that is asked, None when all of several are; raises UnknownArticleError."""
    if article_id:
        return chatbot.article(article_id).id
    return chatbot.articles[0].id if len(chatbot.articles) == 1 else None


def _whole(chatbot: ChatbotLike, form: AskForm) -> Conversation:
    """Give all of a conversation that a page carries; raises QuestionError if that is nothing."""
    asked = read_asked(form.turn)
    if not asked:
        raise QuestionError("turn", "expected a conversation to save, got none; ask a question first")
    return replay(chatbot, asked, CARRIED)


def _file(text: str, media_type: str, name: str) -> Response:
    return Response(
        text, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _chat_page(
    request: Request,
    chatbot: ChatbotLike,
    conversation: Conversation,
    article_id: str | None,
    typed: str = "",
    refusal: str | None = None,
    linked: bool = False,
) -> Response:
    best = best_quotation(conversation)
    shown = best.article.id if best else article_id or chatbot.articles[0].id
    mark = f"{best.start}-{best.end}" if best else None
    known = [exchange.asked.question for exchange in conversation.exchanges]
    context = {
        "conversation": conversation,
        "linked": linked,
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
        "article_of": chatbot.article,
        "only_article": chatbot.articles[0] if len(chatbot.articles) == 1 else None,
        "offered": offered_questions(chatbot.suggestions(article_id), asked),
    }


def _laid_out(chatbot: ChatbotLike, article_id: str, c: str | None) -> dict[str, object]:
    shown: Article = chatbot.article(article_id)
    mark, fault = read_mark(c, shown.text)
    # an article without questions of its own gets none: those made for it are poor
    answerable = passage_questions(chatbot.suggested_answers(article_id)) if shown.questions else ()
    numbers = {passage.number for passage in answerable}
    blocks = lay_out(shown, chatbot.passages(article_id), mark, numbers)
    return {"article": shown, "blocks": blocks, "mark": mark, "fault": fault, "answerable": answerable}
