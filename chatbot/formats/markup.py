"""Markdown and HTML to an article."""

from markdown_it import MarkdownIt

from chatbot.article import first_line
from chatbot.formats.blocks import paragraphs, parse_fragment
from chatbot.formats.extracted import Extracted, ExtractionError
from chatbot.formats.headers import iso_date, split_front_matter, web_address, with_title

SHORT_PAGE = 80  # characters; trafilatura makes one paragraph of all that is shorter
SHORTEST_ARTICLE = 40  # characters of its longest paragraph; menus have less


def read_markdown(text: str, name: str) -> Extracted:
    """Read Markdown as its readers see it: the words without the marks.

    A newsroom quotes words, and ``**``, link addresses and HTML tags are none. The title is
    the front matter's or the first heading.

    Raises:
        ExtractionError: nothing is left once the marks are gone.
    """
    header = split_front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    root = parse_fragment(parser.render(header.text))
    for image in root.xpath(".//img"):
        image.tail = image.get("alt", "") + (image.tail or "")  # the caption, where a picture would be
    blocks = paragraphs(root)
    if not blocks:
        raise no_article(name, "Markdown without text")
    headings = (paragraphs(heading) for heading in root.xpath(".//h1|.//h2|.//h3|.//h4|.//h5|.//h6"))
    shown = header.fields.get("title")
    return Extracted(
        text=with_title(shown, "\n\n".join(blocks)),
        title=shown or " ".join(next((heading for heading in headings if heading), blocks[:1])),
        author=header.fields.get("author"),
        published=header.fields.get("published"),
        source_url=header.fields.get("source_url"),
    )


def read_html(text: str, name: str) -> Extracted:
    """Read the article of a web page; menus, comments, advertisements and scripts stay behind.

    Raises:
        ExtractionError: the page holds no article.
    """
    from trafilatura import bare_extraction  # here, since Markdown does without
    from trafilatura.settings import Document, use_config
    from trafilatura.utils import load_html

    tree = load_html(text)
    if tree is None:
        raise no_article(name, "a web page without any")
    for element in tree.iter("figure", "figcaption"):
        # trafilatura drops captions, by these tags and by classes that say so
        element.tag = {"figure": "div", "figcaption": "p"}[element.tag]
        element.attrib.clear()
    config = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", str(SHORT_PAGE))
    page = bare_extraction(
        tree,
        config=config,
        include_comments=False,
        with_metadata=True,
        # A date is the page's own word for it or none: no guess by a number somewhere in the text.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    blocks = paragraphs(page.body) if isinstance(page, Document) else ()
    if not isinstance(page, Document) or max(map(len, blocks), default=0) < SHORTEST_ARTICLE:
        raise no_article(name, "a web page of menus, links or scripts alone")
    body = with_title(page.title, "\n\n".join(blocks))
    return Extracted(
        text=body,
        title=page.title or first_line(body),
        author=page.author,
        published=iso_date(page.date or ""),
        source_url=web_address(page.url),
    )


def no_article(name: str, what: str) -> ExtractionError:
    """Say that a file was read well, and that no article is in it."""
    return ExtractionError(
        "no_article", f"{name}: expected an article, got {what}; add the article's text as a text file"
    )
