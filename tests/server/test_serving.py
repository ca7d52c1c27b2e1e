"""The end of a server, which waits for nobody."""

import multiprocessing
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mienet.curation.pool import LostError, PoolError
from mienet.server.context import make_context
from mienet.server.serving import _work_beside
from mienet.server.settings import Settings


def test_a_video_that_takes_long_to_read_does_not_hold_up_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mienet.server.serving.LINES", {})  # no workers
    context = make_context(Settings(tmp_path.resolve()))

    def read() -> None:
        with suppress(LostError, PoolError):
            context.prober.process.run(time.sleep, 600)

    with _work_beside(context):
        reading = threading.Thread(target=read)
        reading.start()
        while not multiprocessing.active_children():
            time.sleep(0.01)
    reading.join(60)
    assert not reading.is_alive()
