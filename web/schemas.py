"""Bodies of the JSON interface: what comes in, strictly, and what goes out beside the answer."""

from functools import partial
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from chatbot.answer import OFFSET_UNIT, ArticleRef
from chatbot.article import Article
from chatbot.chatbot import (
    LONGEST_QUESTION,
    MOST_HITS,
    MOST_QUOTATIONS,
    MOST_TURNS,
    Cited,
    Hit,
    Turn,
    check_question,
)
from chatbot.passages import Passage

MAX_ARTICLE_ID_LENGTH = 200
MAX_OFFSET = 2**31 - 1
# ``check_question``'s rule for readers of the schema: something that shows, no control character.
QUESTION_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_QUESTION,
    "pattern": (
        r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f]"
        r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    ),
    "description": f"1 to {LONGEST_QUESTION} characters after trimming, without control characters",
}


Question = Annotated[str, AfterValidator(check_question), WithJsonSchema(QUESTION_SCHEMA)]
Query = Annotated[str, AfterValidator(partial(check_question, field="query")), WithJsonSchema(QUESTION_SCHEMA)]


def whole_number(value: object) -> object:
    """Take 3.0 for 3, as JSON does, which knows one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(whole_number)  # after the limits, or they are lost to the schema
ArticleId = Annotated[str, Field(min_length=1, max_length=MAX_ARTICLE_ID_LENGTH)]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET), WHOLE]


class StrictBody(BaseModel):
    """A body whose fields are of their own type, and no others."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class CitedBody(StrictBody):
    """A quotation that an earlier answer gave: ``[start, end)`` of an article's text."""

    article_id: ArticleId
    start: Offset
    end: Offset

    @model_validator(mode="after")
    def _has_characters(self) -> Self:
        if self.start >= self.end:
            raise ValueError(
                f"expected start before end, got {self.start} and {self.end}; send them as answered"
            )
        return self


class TurnBody(StrictBody):
    """An earlier question and, where it had an answer, what was quoted."""

    question: Question
    quotations: Annotated[list[CitedBody], Field(max_length=MOST_QUOTATIONS)] = []

    def turn(self) -> Turn:
        """Give the engine's turn."""
        return Turn(
            self.question, tuple(Cited(cited.article_id, cited.start, cited.end) for cited in self.quotations)
        )


class AnswerRequest(StrictBody):
    """A question and how to answer it."""

    question: Question
    history: Annotated[
        list[TurnBody], Field(max_length=MOST_TURNS, description="what came before, oldest first")
    ] = []
    article_id: Annotated[ArticleId | None, Field(description="ask this article only; all when left out")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=MOST_QUOTATIONS, description="quotations at most"), WHOLE] = 3
    min_confidence: Annotated[
        float | None, Field(ge=0, le=1, allow_inf_nan=False, description="the calibrated default when left out")
    ] = None


class SearchRequest(StrictBody):
    """A query and how many passages to rank for it."""

    query: Query
    article_id: Annotated[ArticleId | None, Field(description="search this article only")] = None
    limit: Annotated[int, Field(ge=1, le=MOST_HITS), WHOLE] = 10


class HitBody(BaseModel):
    """A ranked passage. ``score`` is the fused one; none of the scores is a probability."""

    rank: int
    score: float
    dense: float
    lexical: float
    passage: Passage
    article: ArticleRef


class SearchResponse(BaseModel):
    """Passages ranked for a query, best first."""

    query: str
    hits: list[HitBody]
    offset_unit: Literal["unicode_code_point"] = OFFSET_UNIT


class ArticleSummary(BaseModel):
    """An article without its text."""

    id: str
    title: str
    source_url: str | None
    published: str | None
    sha256: str
    characters: int
    href: str


class ArticleList(BaseModel):
    """The library's articles."""

    articles: list[ArticleSummary]


class ArticleBody(ArticleSummary):
    """An article with its text and its passages; offsets count the text's code points."""

    text: str
    passages: list[Passage]
    offset_unit: Literal["unicode_code_point"] = OFFSET_UNIT


class Health(BaseModel):
    """The server is alive."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """The models and the library are loaded."""

    status: Literal["ready"] = "ready"
    articles: int


def reference(article: Article) -> ArticleRef:
    """Give what names an article."""
    return ArticleRef(article.id, article.title, article.source_url, article.published, article.sha256)


def hit_body(hit: Hit, article: Article) -> HitBody:
    """Give a hit with its article."""
    return HitBody(
        rank=hit.rank,
        score=hit.score,
        dense=hit.dense,
        lexical=hit.lexical,
        passage=hit.passage,
        article=reference(article),
    )
