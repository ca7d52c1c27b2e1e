"""Processes that end with their parent (tests/server/test_worker.py kills one) say why they end."""

import threading
from pathlib import Path

from mienet.child_processes import only_one, reason_of


def test_why_a_process_ended_is_said() -> None:
    assert reason_of(-9) == "the system ended the process; memory may have run out"
    assert reason_of(-11) == "the process crashed (SIGSEGV)"
    assert reason_of(1) == "the process ended with code 1"


def test_of_two_with_a_file_one_waits_for_the_other(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with only_one(tmp_path / "lock"):
            order.append("second")

    thread = threading.Thread(target=second)
    with only_one(tmp_path / "lock"):
        thread.start()
        thread.join(timeout=0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
