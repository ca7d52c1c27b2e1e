"""A store of the tests: a server of files at http://127.0.0.1, also as S3 asks for them."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

NOTHING_LISTED = b"<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>"
USER = base64.b64encode(b"ann:hidden").decode()


class Store(ThreadingHTTPServer):
    """Serves the files of a folder, and counts what it sends.

    The first part of a path says how: ``files``, ``locked`` (for ann with her password alone),
    ``signed`` (for those with a signature), ``whole`` (never in parts), ``cut`` (half of what is
    asked for from the second request on), ``forbidden``.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.num_requests = self.num_bytes = 0
        self.counting = threading.Lock()

    def forget(self) -> None:
        """Counts from 0 again."""
        self.num_requests = self.num_bytes = 0

    def handle_error(self, request: Any, address: Any) -> None:
        """Says nothing of clients that leave."""


class _Handler(BaseHTTPRequestHandler):
    server: Store
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits for 40 ms

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self) -> None:
        way, _, name = self.path.partition("?")[0].strip("/").partition("/")
        refused = {
            "forbidden": True,
            "locked": self.headers.get("Authorization") != f"Basic {USER}",
            "signed": not self.path.endswith("?X-Amz-Signature=hidden"),
        }
        file = self.server.folder / name
        if "list-type=2" in self.path:  # what S3's driver asks for where no file is found
            self._send(200, NOTHING_LISTED)
        elif refused.get(way):
            self._send(403)
        elif not name or not file.is_file():
            self._send(404)
        else:
            self._send_part(file.read_bytes(), way)

    def _send_part(self, content: bytes, way: str) -> None:
        is_part = "Range" in self.headers and way != "whole"
        headers = {"ETag": f'"{hash(content)}"', "Last-Modified": "Mon, 02 Nov 2026 00:00:00 GMT"}
        if not is_part:
            headers["Accept-Ranges"] = "none" if way == "whole" else "bytes"
            self._send(200, content, headers)
            return
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        part = content[int(first) : int(last) + 1]
        headers["Content-Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"
        is_cut = way == "cut" and int(first) > 0
        self._send(206, part, headers, cut=is_cut)

    def _send(
        self,
        status: int,
        content: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        cut: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        sent = content[: len(content) // 2] if cut else content
        with self.server.counting:  # before it is sent, as who has it all may ask at once
            self.server.num_requests += 1
            self.server.num_bytes += len(sent) if self.command == "GET" else 0
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(sent)
        if cut:
            self.close_connection = True


@contextmanager
def serving(folder: Path) -> Iterator[Store]:
    """Serves a folder as long as the block lasts."""
    with Store(folder) as store:
        thread = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield store
        finally:
            store.shutdown()
            thread.join()
