"""What tests of the server's routes share: a client that asks as the page does."""

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from mienet.server.app import create_app
from mienet.server.settings import Limits, Settings
from tests.server.lab import Lab

OWN = {"X-Mienet": "1", "Origin": "http://127.0.0.1:8000"}
"""Headers of the page's own requests."""


def open_page(folder: Path, *, limits: Limits | None = None, **settings: Any) -> TestClient:
    """Returns a client of a folder's server, which answers in this process."""
    made = Settings(folder.resolve(), limits=limits or Limits(), **settings)
    return TestClient(
        create_app(made),
        base_url=f"http://{made.host}:{made.port}",
        headers=OWN,
        raise_server_exceptions=False,
        follow_redirects=False,
    )


class Page:
    """Asks for what is about jobs as the page does, and returns what is answered."""

    def __init__(self, lab: Lab, model: Path | None = None, **settings: Any) -> None:
        self.client = open_page(lab.folder, model=model, **settings)

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, **asked: Any) -> Any:
        answer = self.client.post("/api/jobs", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def refused(self, **asked: Any) -> str:
        answer = self.client.post("/api/jobs", json=asked)
        assert answer.status_code in (400, 404, 409), answer.text
        return str(answer.json()["error"])


def mark(label: str, start: float, end: float | None = None, **more: Any) -> dict[str, Any]:
    """Returns a phase, or without an end an event, as the page sends it."""
    kind = "event" if end is None else "phase"
    return {"kind": kind, "label": label, "start_seconds": start, "end_seconds": end, **more}
