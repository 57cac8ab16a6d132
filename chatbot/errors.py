"""Errors: the world's under one class, the caller's under ``ValueError``.

Every message says what was expected, what came, and what to do.
"""

from chatbot.counting import counted


class ChatbotError(Exception):
    """Report that the world is not as needed: a broken article, store or model."""


class ArticleError(ChatbotError):
    """Report articles that cannot be read; names each file and what is wrong in it."""


class NoArticlesError(ArticleError):
    """Report that there is no article at all."""


class ModelError(ChatbotError):
    """Report a model that is missing, damaged or not the one that was recorded."""


class StoreError(ChatbotError):
    """Report a store that cannot be opened, written or trusted."""


class DamagedArticleError(StoreError):
    """Report an article in the store that is not as it was put there."""


class QuestionError(ValueError):
    """Refuse a question (or one of its options); ``field`` names the refused one."""

    def __init__(self, field: str, message: str) -> None:
        """Keep the name of the refused field beside the message."""
        super().__init__(message)
        self.field = field


class SeedArticleError(ValueError):
    """Refuse to remove an article that was not added, but stands in the folder of seeds."""

    def __init__(self, article_id: str) -> None:
        """Say which article, and how it is removed."""
        super().__init__(
            f"expected an article that was added, got {article_id}, which is a seed; delete {article_id}.txt "
            "in the folder of seeds, and run `chatbot index`"
        )


class UnknownArticleError(ValueError):
    """Refuse an article id that the library does not hold.

    ``fault`` says what was expected and what came; whoever shows it says where the ids are listed.
    """

    def __init__(self, article_id: str, known: int) -> None:
        """Say which id came and how many articles there are."""
        holds = counted(known, "article")
        self.fault = f"expected the id of an article of the library, which holds {holds}, got {article_id!r}"
        super().__init__(f"{self.fault}; the list of articles has them")
        self.article_id = article_id
