"""Files of every format, made with libraries other than those that read them."""

import atexit
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from chatbot.formats import Extractor

EXTRACTOR = Extractor()  # one process for all tests that do not end it
atexit.register(EXTRACTOR.close)

LEFT = (
    "The harbour of Odesa opened again on Mon-",
    "day after a storm that had closed it for",
    "three days, the port's director said. Infor-",
    "mation about ships was scarce.",
    "",
    "A well-known captain, Olena Marchenko,",
    "said that she had never seen such waves.",
    "The officials, she said, had been well-",
    "prepared. Repairs will cost 4.2 million",
    "euros, and the city asked for help from inter-",
)
RIGHT = (
    "national partners before winter comes to",
    "the coast.",
    "",
    "“They worked through the night,” said the",
    "mayor, Ira Koval, about the crews.",
)
PARAGRAPHS = (
    "The harbour of Odesa opened again on Monday after a storm that had closed it for three days, the port's "
    "director said. Information about ships was scarce.",
    "A well-known captain, Olena Marchenko, said that she had never seen such waves. The officials, she said, "
    "had been well-prepared. Repairs will cost 4.2 million euros, and the city asked for help from "
    "international partners before winter comes to the coast.",
    "“They worked through the night,” said the mayor, Ira Koval, about the crews.",
)


def pdf(draw: Callable[[Canvas], None], **properties: str) -> bytes:
    """Make a PDF; ``draw`` gets a canvas in 11 points of Times, and ends pages but the last."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    for name, value in properties.items():
        getattr(canvas, f"set{name.title()}")(value)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def write_lines(
    canvas: Canvas,
    lines: Sequence[str],
    left: float = 60,
    top: float = 720,
    size: float = 11,
    font: str = "Times-Roman",
) -> None:
    """Write lines below each other; an empty one leaves half a line's space."""
    canvas.setFont(font, size)
    for line in lines:
        canvas.drawString(left, top, line)
        top -= size * (1.2 if line else 0.6)


def two_columns(canvas: Canvas) -> None:
    """Write a headline and two columns, one after the other."""
    write_lines(canvas, ["Harbour opens after the storm"], top=760, size=20, font="Helvetica-Bold")
    write_lines(canvas, LEFT, left=60)
    write_lines(canvas, RIGHT, left=310)


def docx_file(**members: bytes) -> bytes:
    """Make a DOCX file with a heading, a list and a table; ``members`` replace its parts, by their stems."""
    document = docx.Document()
    document.core_properties.title = "Harbour opens"
    document.core_properties.author = "Ira Koval"
    document.sections[0].header.paragraphs[0].text = "Page header"
    document.add_heading("Harbour opens after the storm", 1)
    document.add_paragraph("The port opened again on ").add_run("Monday").bold = True
    document.add_paragraph("Two cranes fell.", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("Ship", "Day", "Aurora", "Monday"), strict=True):
        cell.text = text
    document.add_paragraph("The mayor thanked the crews.")
    buffer = io.BytesIO()
    document.save(buffer)
    return with_members(buffer.getvalue(), **members) if members else buffer.getvalue()


def with_members(archive: bytes, **members: bytes) -> bytes:
    """Replace members of a Word file, named by the stems of their file names, and add others."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.pop(Path(name).stem, old.read(name)))
        for stem, content in members.items():
            new.writestr(f"word/{stem}.xml", content)
    return buffer.getvalue()


def raw_pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Make a PDF of objects as they are; ``%d`` in the trailer becomes the place of the table of objects."""
    content = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF"
    start = len(content)
    return (
        content
        + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        + table
        + end % (len(objects) + 1, trailer.replace(b"%d", b"%d" % start), start)
    )
