"""Processes that end with their parent (tests/server/test_worker.py kills one) say why they end."""

from mienet.child_processes import reason_of


def test_why_a_process_ended_is_said() -> None:
    assert reason_of(-9) == "the system ended the process; memory may have run out"
    assert reason_of(-11) == "the process crashed (SIGSEGV)"
    assert reason_of(1) == "the process ended with code 1"
