"""Who may ask for what: checks that every request passes before a route sees it.

A server at 127.0.0.1 can be reached by every page that this computer's browser shows. So a request
must name the server's own address (against names that are pointed here: DNS rebinding), and one
that changes something must come from the server's own page (against forms of other pages). At any
other address, a token must be known, too.
"""

import ipaddress
import logging
import re
import secrets
import socket
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mienet.escaping import shown
from mienet.server.settings import LOCAL_HOSTS, Settings

LOG = logging.getLogger("mienet.server")

COOKIE = "mienet_token"
READING = ("GET", "HEAD")
STREAMED = "/api/uploads"
"""Whose body goes to the disk, and has a limit of its own."""
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; media-src 'self' blob:; "
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
"""Of every answer, unless the route says otherwise."""


class Guard:
    """The checks, around an app; what is refused is logged.

    Args:
        app: The app.
        settings: What the server was started with.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or hands it to the app."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refusal(scope)
        if answer is not None:
            await answer(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """Returns the answer to a request that goes no further; None to one that does."""
        headers = Headers(scope=scope)
        if problem := problem_of_host(headers.get("host", ""), self.settings):
            return _refuse(scope, problem)
        if self.settings.token:
            answer = self._without_token(scope)
            if answer is not None:
                return answer
        is_change = scope["method"] not in READING
        problem = problem_of_origin(headers) if is_change else problem_of_reader(scope, headers)
        if problem:
            return _refuse(scope, problem)
        return self._too_large(scope, headers) if is_change else None

    def _too_large(self, scope: Scope, headers: Headers) -> Response | None:
        """Returns the answer to a request whose body would not fit in memory.

        Its length must be told, as that of all bodies that a browser sends; uploads are streamed.
        """
        most, length = self.settings.limits.body_bytes, headers.get("content-length", "")
        if scope["path"] == STREAMED or ("transfer-encoding" not in headers and not length):
            return None
        if not length.isdecimal():
            return _refuse(scope, "a request that has a body needs the header Content-Length", 411)
        if int(length) > most:
            return _refuse(scope, f"a request of {length} bytes; accepted are {most}", 413)
        return None

    def _without_token(self, scope: Scope) -> Response | None:
        """Returns the answer to a request without the token's cookie; None to one with it."""
        request = Request(scope)
        # Not as SimpleCookie reads them: one of another program that is odd spoils all for it.
        cookies = cookie_parser(request.headers.get("cookie", ""))
        cookie = f"{COOKIE}_{self.settings.port}"  # all ports of a computer share their cookies
        if _is_same(cookies.get(cookie, ""), self.settings.token):
            return None
        rest = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in rest if name == "token"]
        if not any(_is_same(value, self.settings.token) for value in given):
            return _refuse(
                scope, "the address lacks the token; open the one that mienet serve printed"
            )
        # The token goes out of the address bar, where it would be seen and copied.
        query = urlencode([pair for pair in rest if pair[0] != "token"])
        path = re.sub(r"^/+", "/", request.url.path)
        answer = RedirectResponse(path + (f"?{query}" if query else ""), status_code=303)
        answer.set_cookie(cookie, self.settings.token, httponly=True, samesite="strict", path="/")
        return answer


def problem_of_host(host: str, settings: Settings) -> str:
    """Returns why the address that a request names is not the server's; empty if it is."""
    name, port = _split_host(host)
    own = {*LOCAL_HOSTS}
    if not settings.is_local:
        own |= {settings.host.lower(), socket.gethostname().lower()}
    is_own = name in own or (not settings.is_local and _is_address(name))
    if is_own and settings.port in (0, port):
        return ""
    return f"the request is for {shown(host)[:80]!r}, which is not this server's address"


def problem_of_origin(headers: Headers) -> str:
    """Returns why a request may not change anything; empty if it may."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    own = f"http://{headers.get('host', '')}"
    if headers.get("x-mienet") != "1":
        return "a request that changes something needs the header X-Mienet: 1"
    if origin is None and site is None:
        return f"a request that changes something needs the header Origin: {own}"
    if origin not in (None, own) or site not in (None, "same-origin"):
        return f"the request comes from {shown(origin or site)[:80]!r}, not from {own}"
    return ""


def problem_of_reader(scope: Scope, headers: Headers) -> str:
    """Returns why a request may not read anything; empty if it may.

    Another page may lead to ours, and may show none of its videos.
    """
    site = headers.get("sec-fetch-site", "none")
    if site in ("same-origin", "none") or scope["path"] == "/":
        return ""
    return "another page asks for something of this server"


def _split_host(host: str) -> tuple[str, int]:
    """Returns the name and port of a Host header; an empty name if it is none."""
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?", host)
    if match is None:
        return "", 0
    return match[1].strip("[]").lower(), int(match[2] or 80)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_same(given: str, token: str) -> bool:
    return secrets.compare_digest(given.encode(), token.encode())


def _refuse(scope: Scope, problem: str, status: int = 403) -> Response:
    LOG.warning("refused %s %s: %s", scope["method"], shown(scope["path"])[:200], problem)
    return JSONResponse({"error": problem}, status_code=status)
