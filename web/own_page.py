"""Forms are taken from this server's own pages: any other page could send them unasked."""

from urllib.parse import urlsplit

from fastapi import Request
from starlette.exceptions import HTTPException


def require_own_page(request: Request) -> None:
    """Refuse a form that a browser says is of another site.

    Browsers say so in Sec-Fetch-Site; older ones, which do not, name the form's origin.

    Raises:
        HTTPException: 403.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = urlsplit(origin).netloc == request.headers.get("host") if origin and not site else True
    if not own or site not in {None, "same-origin", "none"}:
        raise HTTPException(403, "Expected a form of this server's own page, got one of another site's.")
