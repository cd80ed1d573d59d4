"""What a browser is told to forbid, and which requests are not ours to answer.

A request that changes something is refused when a page of another origin sent it. Programs send
neither `Origin` nor `Sec-Fetch-Site` and are served. Who may do what is `webui.auth`'s business.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from webui.errors import Problem

LARGEST_BODY = 1 << 20  # bytes; nobody uploads comics here

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


def init_app(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.before_request(refuse_foreign)
    app.after_request(add_headers)


def refuse_foreign() -> None:
    """Refuse a change that a page of another origin asks for."""
    if request.method not in _SAFE and _is_foreign():
        raise Problem(
            403,
            "foreign_origin",
            "A page of another site sent this request, so Longbox did not do it.",
        )


def add_headers(response: Response) -> Response:
    response.headers.extend(HEADERS)
    # What a view said nothing about may be shown again, after asking, to the same person alone.
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def _is_foreign() -> bool:
    """Whether the browser says that another origin asks.

    `Sec-Fetch-Site` is its own verdict, which also holds behind a proxy that changes the host.
    Browsers send it over HTTPS and on this machine; elsewhere `Origin` is compared to `Host`.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):
        return False
    if site == "cross-site":
        return True
    origin = request.headers.get("Origin")
    return origin is not None and _host_of(origin) != request.host.lower()


def _host_of(origin: str) -> str | None:
    """An origin's host as a `Host` header has it, without the scheme's own port."""
    try:
        parts = urlsplit(origin.lower())
        port = parts.port
    except ValueError:
        return None
    if port is not None and port == _DEFAULT_PORTS.get(parts.scheme):
        return parts.netloc.rpartition(":")[0]
    return parts.netloc or None
