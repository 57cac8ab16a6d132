import pytest
from made_files import EXTRACTOR, LEFT, PARAGRAPHS, RIGHT, pdf, two_columns, write_lines
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from chatbot.formats import ExtractionError, Page, page_number
from chatbot.formats.joining import join_lines
from chatbot.formats.layout import Line

HEADLINE = "Harbour opens after the storm"
EXPECTED = [HEADLINE, *PARAGRAPHS]


def paragraphs(content: bytes) -> list[str]:
    return EXTRACTOR.read_bytes(content, "a.pdf").text.split("\n\n")


def test_columns_are_read_one_after_the_other_and_hyphenation_is_undone() -> None:
    assert paragraphs(pdf(two_columns)) == EXPECTED


def test_columns_that_are_drawn_line_by_line_are_read_one_after_the_other() -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, [HEADLINE], top=760, size=20)
        places = [
            (720 - 14 * at, x, line) for x, lines in ((60, LEFT), (310, RIGHT)) for at, line in enumerate(lines)
        ]
        canvas.setFont("Times-Roman", 11)
        for y, x, line in sorted(places, key=lambda place: (-place[0], place[1])):
            canvas.drawString(x, y, line)

    assert paragraphs(pdf(draw)) == EXPECTED


def test_page_that_is_drawn_in_disorder_is_read_by_place() -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, RIGHT, left=310)
        write_lines(canvas, LEFT, left=60)
        write_lines(canvas, [HEADLINE], top=760, size=20)

    assert paragraphs(pdf(draw)) == EXPECTED


def test_indented_line_begins_a_paragraph() -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(
            canvas,
            ["The harbour of Odesa opened again on Monday.", "It had been closed for three days in all,"],
        )
        write_lines(canvas, ["Repairs will cost 4.2 million euros."], left=72, top=693.6)
        write_lines(canvas, ["and that is a lot of money for the city."], top=680.4)

    assert paragraphs(pdf(draw)) == [
        "The harbour of Odesa opened again on Monday. It had been closed for three days in all,",
        "Repairs will cost 4.2 million euros. and that is a lot of money for the city.",
    ]


def test_rows_of_a_table_are_paragraphs_with_their_cells_apart() -> None:
    def draw(canvas: Canvas) -> None:
        for top, row in ((720, ("Ship", "Day")), (706, ("Aurora", "Monday")), (692, ("Vega", "Tuesday"))):
            for left, cell in zip((60, 200), row, strict=True):
                write_lines(canvas, [cell], left=left, top=top)

    assert paragraphs(pdf(draw)) == ["Ship\tDay", "Aurora\tMonday", "Vega\tTuesday"]


def test_large_first_letter_is_joined_to_its_word() -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, ["T"], top=706.8, size=36)
        write_lines(canvas, ["he harbour of Odesa opened again", "on Monday after the storm that"], left=84)
        write_lines(canvas, ["had closed it for three days in all."], top=693.6)

    assert paragraphs(pdf(draw)) == [
        "The harbour of Odesa opened again on Monday after the storm that had closed it for three days in all."
    ]


def test_page_that_is_turned_is_read_as_it_is_meant() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(0, 842)
        canvas.rotate(-90)
        two_columns(canvas)

    turned = pdf(draw)

    assert paragraphs(turned) == EXPECTED


def test_text_at_another_angle_is_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        two_columns(canvas)
        canvas.translate(300, 300)
        for angle in (45, 45, 90):
            canvas.rotate(angle)
            write_lines(canvas, ["Draft of a credit"], left=0, top=0)

    assert paragraphs(pdf(draw)) == EXPECTED


def test_soft_hyphen_is_seen_at_the_end_of_a_line_alone() -> None:
    def draw(canvas: Canvas) -> None:
        registerFont(TTFont("Vera", "Vera.ttf"))  # of reportlab; the standard fonts draw a soft hyphen always
        write_lines(canvas, ["There was an inter\u00adnational call for infor\u00ad", "mation."], font="Vera")

    assert paragraphs(pdf(draw)) == ["There was an international call for information."]


def three_pages(canvas: Canvas) -> None:
    texts = (
        [
            "The harbour of Odesa opened again on Monday, the port's",
            "director said, and the city asked for help from part-",
        ],
        ["ners before winter comes to the coast.", "", "The mayor thanked the crews."],
        ["Two cranes fell."],
    )
    for number, lines in enumerate(texts, start=1):
        if number > 1:
            canvas.showPage()
        write_lines(canvas, ["The Odesa Courier, 9 September 2023"], top=800, size=8)
        write_lines(canvas, lines)
        write_lines(canvas, [f"Page {number} of 3"], top=30, size=8)


def test_lines_that_run_through_all_pages_are_left_out() -> None:
    assert paragraphs(pdf(three_pages)) == [
        "The Odesa Courier, 9 September 2023",
        "The harbour of Odesa opened again on Monday, the port's director said, and the city asked for help "
        "from partners before winter comes to the coast.",
        "The mayor thanked the crews.",
        "Two cranes fell.",
    ]


@pytest.mark.parametrize(
    ("words", "page"),
    [("The harbour", 1), ("help from part", 1), ("ners before", 2), ("mayor", 2), ("cranes", 3)],
)
def test_page_of_words_is_known(words: str, page: int) -> None:
    extracted = EXTRACTOR.read_bytes(pdf(three_pages), "a.pdf")

    assert extracted.pages
    assert page_number(extracted.pages, extracted.text.index(words)) == page


def test_page_without_text_is_left_out_of_the_pages() -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, ["The port opened."])
        canvas.showPage()
        canvas.showPage()
        write_lines(canvas, ["Two cranes fell."])

    assert EXTRACTOR.read_bytes(pdf(draw), "a.pdf").pages == (Page(1, 0), Page(3, 18))


@pytest.mark.parametrize(
    ("upper", "lower", "joined"),
    [
        ("a harbour of infor-", "mation", "a harbour of information"),
        ("soft infor\u00ad", "mation", "soft information"),
        ("he is well-", "known", "he is well-known"),
        ("the sea-", "side, by the sea-side", "the sea-side, by the sea-side"),
        ("the Anglo-", "American fleet", "the Anglo-American fleet"),
        ("COVID-", "19 came", "COVID-19 came"),
        ("pre-", "and post-war ships", "pre- and post-war ships"),
        ("mother-in-", "law", "mother-in-law"),
        ("the storm –", "the worst", "the storm – the worst"),
        ("so\u2014", "he said", "so\u2014he said"),
        ("港が再", "開した", "港が再開した"),
    ],
)
def test_hyphen_is_dropped_where_only_the_line_has_it(upper: str, lower: str, joined: str) -> None:
    lines = [Line(upper, 60, 712, 160, 12), Line(lower, 60, 700, 160, 12)]

    assert join_lines([lines]) == (joined, (Page(1, 0),))


def test_title_and_author_come_from_the_properties() -> None:
    extracted = EXTRACTOR.read_bytes(pdf(two_columns, title="Harbour  opens", author="Ira Koval"), "a.pdf")

    assert (extracted.title, extracted.author) == ("Harbour opens", "Ira Koval")


@pytest.mark.parametrize(
    "title", ["untitled", "Microsoft Word - harbour.doc", "harbour_v2.indd", "(anonymous)"]
)
def test_title_that_is_none_gives_way_to_the_headline(title: str) -> None:
    assert EXTRACTOR.read_bytes(pdf(two_columns, title=title), "a.pdf").title == HEADLINE


def test_pdf_of_pictures_alone_has_no_article() -> None:
    with pytest.raises(
        ExtractionError, match=r"^a\.pdf: expected a PDF with text, .* \(1 page\); .*OCR"
    ) as caught:
        EXTRACTOR.read_bytes(pdf(lambda canvas: canvas.rect(10, 10, 50, 50)), "a.pdf")

    assert caught.value.reason == "no_article"


def test_pdf_with_a_password_is_encrypted() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setEncrypt(StandardEncryption("secret", strength=128))
        write_lines(canvas, ["The port opened."])

    with pytest.raises(ExtractionError, match=r"^a\.pdf: expected a PDF that needs no password") as caught:
        EXTRACTOR.read_bytes(pdf(draw), "a.pdf")

    assert caught.value.reason == "encrypted"


def test_pdf_that_is_cut_short_is_broken() -> None:
    with pytest.raises(ExtractionError, match="a damaged one") as caught:
        EXTRACTOR.read_bytes(pdf(two_columns)[:600], "a.pdf")

    assert caught.value.reason == "broken"
    assert "PDFium" not in str(caught.value)  # the message of the library that reads it
