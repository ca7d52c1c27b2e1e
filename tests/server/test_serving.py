"""A server's connections, which send at once, and its end, which waits for nobody."""

import asyncio
import multiprocessing
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mienet.curation.pool import LostError, PoolError
from mienet.server.context import make_context
from mienet.server.running import _listen
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


def test_a_connection_sends_at_once() -> None:
    async def connect(listening: socket.socket) -> int:
        accepted: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted.set_result(writer.get_extra_info("socket"))

        async with await asyncio.start_server(answer, sock=listening):
            with socket.create_connection(listening.getsockname()):
                taken = await accepted
                return taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert asyncio.run(connect(_listen("127.0.0.1", 0)))
