"""A hub of this computer, which the real client is led to; runs to share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sharing.standin import TOKEN, Hub

pytest.importorskip("huggingface_hub", reason="needs the extra hub")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Returns a hub that knows its owner; the client reads its address when it is imported."""
    found = Hub()
    found.start()
    constants = "huggingface_hub.constants"
    monkeypatch.setattr(f"{constants}.ENDPOINT", found.url)
    template = found.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(f"{constants}.HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(f"{constants}.HF_HUB_CACHE", str(tmp_path / "hub_cache"))
    monkeypatch.setattr(f"{constants}.HF_TOKEN_PATH", str(tmp_path / "no_token"))
    monkeypatch.setattr(f"{constants}.HF_HUB_DISABLE_XET", True)  # its own servers, no stand-in
    monkeypatch.setattr(f"{constants}.HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    yield found
    found.stop()


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the computer without a token."""
    monkeypatch.delenv("HF_TOKEN")
