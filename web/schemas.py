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
    Cited,
    Hit,
    Turn,
)
from chatbot.limits import LONGEST_QUESTION, MOST_HITS, MOST_QUOTATIONS, MOST_TURNS, check_question
from chatbot.listing import ArticleQuery, ListedArticle, Order
from chatbot.passages import Passage
from chatbot.scope import check_day, make_scope
from web.addresses import article_address

MAX_ARTICLE_ID_LENGTH = 200
MAX_OFFSET = 2**31 - 1
LONGEST_SEARCH = 200  # characters
MOST_LISTED = 1000  # articles at once
MOST_ASKED = 200  # articles: fewer than the engine takes, so that a body of 64 KiB holds their ids
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
Day = Annotated[
    str,
    AfterValidator(partial(check_day, field="date")),
    WithJsonSchema({"type": "string", "format": "date", "minLength": 10, "maxLength": 10}),
]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET), WHOLE]
# Which articles are asked; those without a date are outside of any range.
OneArticle = Annotated[ArticleId | None, Field(description="this article alone; all when left out")]
SeveralArticles = Annotated[
    list[ArticleId] | None,
    Field(min_length=1, max_length=MOST_ASKED, description="these articles alone, in place of article_id"),
]
FirstDay = Annotated[Day | None, Field(description="only articles published since, and none without a date")]
LastDay = Annotated[Day | None, Field(description="only articles published until, and none without a date")]


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
    article_id: OneArticle = None
    article_ids: SeveralArticles = None
    published_from: FirstDay = None
    published_to: LastDay = None
    limit: Annotated[int, Field(ge=1, le=MOST_QUOTATIONS, description="quotations at most"), WHOLE] = 3
    min_confidence: Annotated[
        float | None, Field(ge=0, le=1, allow_inf_nan=False, description="the calibrated default when left out")
    ] = None


class SearchRequest(StrictBody):
    """A query and how many passages to rank for it."""

    query: Query
    article_id: OneArticle = None
    article_ids: SeveralArticles = None
    published_from: FirstDay = None
    published_to: LastDay = None
    limit: Annotated[int, Field(ge=1, le=MOST_HITS), WHOLE] = 10


class ListRequest(BaseModel):
    """Which articles to list."""

    model_config = ConfigDict(frozen=True)

    q: Annotated[
        str, Field(max_length=LONGEST_SEARCH, description="words of title, author or source address")
    ] = ""
    published_from: FirstDay = None
    published_to: LastDay = None
    site: Annotated[str | None, Field(description="host of the source address, without www.")] = None
    author: Annotated[str | None, Field(description="as the list has it")] = None
    order: Annotated[Order, Field(description="by date the undated come last")] = "id"
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = MOST_LISTED
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0

    def query(self) -> ArticleQuery:
        """Give the engine's query; raises QuestionError."""
        dates = make_scope(published_from=self.published_from, published_to=self.published_to)
        return ArticleQuery(
            self.q,
            dates.published_from,
            dates.published_to,
            self.site,
            self.author,
            self.order,
            self.limit,
            self.offset,
        )


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
    author: str | None
    source_url: str | None
    published: str | None
    sha256: str
    characters: int
    href: str


class ListedSummary(ArticleSummary):
    """An article of a list, with the number of its passages."""

    passage_count: int


class ArticleList(BaseModel):
    """Articles of the library; `total` counts all that were asked for, on this page or not."""

    total: int
    articles: list[ListedSummary]


class ArticleBody(ArticleSummary):
    """An article with its text and its passages; offsets count the text's code points."""

    text: str
    passages: list[Passage]
    offset_unit: Literal["unicode_code_point"] = OFFSET_UNIT


class Health(BaseModel):
    """The server is alive."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """The models and the library are loaded; `notice` says what whoever runs the server is to do."""

    status: Literal["ready"] = "ready"
    articles: int
    notice: str | None = None


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


def summarize(article: Article) -> ArticleSummary:
    """Give what the interface says of an article beside its text."""
    return ArticleSummary(
        id=article.id,
        title=article.title,
        author=article.author,
        source_url=article.source_url,
        published=article.published,
        sha256=article.sha256,
        characters=len(article.text),
        href=article_address(article.id),
    )


def listed_summary(article: ListedArticle) -> ListedSummary:
    """Give what the list says of an article."""
    return ListedSummary(
        id=article.id,
        title=article.title,
        author=article.author,
        source_url=article.source_url,
        published=article.published,
        sha256=article.sha256,
        characters=article.characters,
        href=article_address(article.id),
        passage_count=article.passages,
    )
