"""The process that reads what may be hostile: a parser that hangs, swells or crashes ends with it.

It is asked by :mod:`chatbot.formats.extractor` over its standard input, with one line of
JSON and the file's bytes after it, and answers on its standard output with one line of JSON.
"""

import contextlib
import json
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from chatbot.formats.extracted import MEBIBYTE, Extracted, ExtractionError, Limits


def main() -> None:
    """Answer requests until there are no more."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    while line := requests.readline():
        request = json.loads(line)
        answer = _answer(request, requests)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _answer(request: dict[str, Any], requests: BinaryIO) -> dict[str, Any]:
    limits = Limits(**request["limits"])
    _restrain(limits)
    name = request["name"]
    try:
        return {"extracted": asdict(_read(request["format"], requests.read(request["size"]), name, limits))}
    except ExtractionError as error:
        return {"reason": error.reason, "message": str(error)}
    except MemoryError:
        return {
            "reason": "too_large",
            "message": f"{name}: expected an article that is read in {limits.memory_bytes // MEBIBYTE} MiB of "
            "memory, got one that needs more; split it or save it in a simpler form",
        }
    except Exception as error:  # noqa: BLE001  # a parser may raise anything on a broken file; it is reported
        return {
            "reason": "broken",
            "message": f"{name}: expected a readable {request['format']} file, got a broken one "
            f"({type(error).__name__}); open it in its own program and save it anew",
        }


def _read(format_name: str, data: bytes, name: str, limits: Limits) -> Extracted:
    """Read a file, importing only what its format needs."""
    if format_name == "markdown":
        from chatbot.formats.markup import read_markdown

        return read_markdown(data.decode(), name)
    if format_name == "html":
        from chatbot.formats.markup import read_html

        return read_html(data.decode(), name)
    if format_name == "docx":
        from chatbot.formats.docx import read_docx

        return read_docx(data, name, limits)
    from chatbot.formats.pdf import read_pdf

    return read_pdf(data, name)


def _restrain(limits: Limits) -> None:
    """Bound memory, and time too: should the asking process die, this one is not to run on."""
    with contextlib.suppress(ImportError):  # there is none on Windows
        import resource

        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        soft = int(used + limits.seconds) + 2
        for kind, bound in ((resource.RLIMIT_CPU, soft), (resource.RLIMIT_AS, limits.memory_bytes)):
            hard = resource.getrlimit(kind)[1]
            with contextlib.suppress(ValueError, OSError):  # macOS refuses a bound of memory
                resource.setrlimit(kind, (bound if hard < 0 else min(bound, hard), hard))


if __name__ == "__main__":
    main()
