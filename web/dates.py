"""Dates as the pages say them; the library holds them in ISO 8601, or as an article's own words."""

from datetime import date

from chatbot.scope import published_day


def date_words(published: str) -> str:
    """Say the day of a date, as in "9 September 2023"; what is no date stays as it is written."""
    try:
        day = date.fromisoformat(published_day(published) or "")
    except ValueError:
        return published
    return f"{day.day} {day:%B} {day.year}"


def range_words(first: str | None, last: str | None) -> str | None:
    """Say a range of days, both ends included; None for all days."""
    if first and last:
        until = "" if first == last else f" to {date_words(last)}"
        return f"published {'on ' if first == last else ''}{date_words(first)}{until}"
    if first:
        return f"published since {date_words(first)}"
    return f"published until {date_words(last)}" if last else None
