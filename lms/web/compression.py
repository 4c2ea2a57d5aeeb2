"""Pages travel compressed: a lesson on a bad line is four times as small."""

import gzip

from flask import Response, request

LEVEL = 3  # a page of 25 KB takes a tenth of a millisecond; more effort saves little
SMALLEST = 600
_KINDS = frozenset({"text/html", "application/json", "image/svg+xml"})
_PLACES = frozenset({"lang", "step", "page"})  # words of an address that choose a place and are not repeated as text


def pack(response: Response) -> Response:
    """Compress a page for a browser that takes it.

    A page that may repeat what its address says goes as it is: by its compressed size an onlooker who chooses the
    address could guess what else stands in it, the form token for one.
    """
    response.vary.add("Accept-Encoding")
    if (
        response.mimetype not in _KINDS
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
        or not request.accept_encodings["gzip"]
        or set(request.args) - _PLACES
    ):
        return response
    content = response.get_data()
    if len(content) >= SMALLEST:
        response.set_data(gzip.compress(content, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
