"""Scope: which articles are asked: all, one, several, or those that were published in a range of dates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from chatbot.article import Article
from chatbot.errors import QuestionError

MOST_ARTICLES = 1000  # that can be named at once
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Scope:
    """Which articles are asked; an article is to meet every condition that is set.

    ``article_ids`` are in the order in which they were given. The dates are ISO 8601 (such as
    2023-09-09), both ends belong to the range, and an article without a date is outside of it.
    """

    article_ids: tuple[str, ...] | None = None
    published_from: str | None = None
    published_to: str | None = None

    @property
    def has_dates(self) -> bool:
        """Tell whether only articles of a range of dates are asked."""
        return self.published_from is not None or self.published_to is not None

    @property
    def is_everything(self) -> bool:
        """Tell whether nothing is left out."""
        return self.article_ids is None and not self.has_dates

    def holds(self, article: Article) -> bool:
        """Tell whether an article is one of those that are asked."""
        if self.article_ids is not None and article.id not in self.article_ids:
            return False
        if not self.has_dates:
            return True
        day = published_day(article.published)
        return day is not None and (self.published_from or day) <= day <= (self.published_to or day)

    def narrowed(self, article_id: str) -> "Scope":
        """Give the scope with one of its articles alone."""
        return replace(self, article_ids=(article_id,))


EVERYTHING = Scope()


def make_scope(
    article_id: str | None = None,
    article_ids: Sequence[str] | None = None,
    published_from: str | None = None,
    published_to: str | None = None,
) -> Scope:
    """Make a scope of what a user chose.

    Raises:
        QuestionError: one article and several are given at once, no article at all or too many,
            a date that is none, or a range that ends before it begins; ``field`` names which.
    """
    if article_id is not None:
        if article_ids is not None:
            raise QuestionError("article_ids", "expected article_id or article_ids, got both; give one of them")
        article_ids = (article_id,)
    if article_ids is not None and not 1 <= len(article_ids) <= MOST_ARTICLES:
        raise QuestionError(
            "article_ids",
            f"expected 1 to {MOST_ARTICLES} ids, got {len(article_ids)}; leave it out to ask all articles",
        )
    first, last = _optional_day("published_from", published_from), _optional_day("published_to", published_to)
    if first and last and first > last:
        raise QuestionError(
            "published_from", f"expected a first day up to the last one, {last}, got {first}; exchange the two"
        )
    return Scope(None if article_ids is None else tuple(dict.fromkeys(article_ids)), first, last)


def published_day(published: str | None) -> str | None:
    """Give the day of a date or time in ISO 8601, as it was written; None where there is none."""
    match = DAY.match(published or "")
    return match[0] if match else None


def check_day(value: str, field: str) -> str:
    """Write a day as in 2023-09-09.

    Raises:
        QuestionError: it is none.
    """
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise QuestionError(
            field, f"expected a date such as 2023-09-09, got {value!r}; correct it or leave it out"
        ) from None


def _optional_day(field: str, value: str | None) -> str | None:
    return None if value is None else check_day(value, field)
