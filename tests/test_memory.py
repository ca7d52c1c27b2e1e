"""The most memory that a process had; freed memory stays, where the C library can do that."""

import subprocess
import sys

import pytest

from mienet.memory import keep_freed_memory

FREED = """
import ctypes, resource, sys
from mienet.memory import keep_freed_memory, peak_bytes
if sys.argv[1] == "kept":
    assert keep_freed_memory()
for _ in range(20):
    bytearray(64 * 2**20)  # bytes that are written, so that the system has to give each page
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="an option of glibc")


def page_faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", FREED, how], capture_output=True, text=True)
    assert not done.stderr
    return int(done.stdout)


@linux
def test_kept_memory_is_not_asked_for_anew() -> None:
    assert page_faults("kept") < page_faults("returned") / 4


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_freed_memory()


def peaks(code: str) -> list[int]:
    """Returns what a program of its own prints of its peak, in bytes."""
    code = "from mienet.memory import peak_bytes\n" + code
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


def test_the_peak_counts_what_was_given_back() -> None:
    before, after = peaks("print(peak_bytes()); bytearray(200 << 20); print(peak_bytes())")
    assert after - before == pytest.approx(200 << 20, rel=0.05)


@linux
def test_the_peak_of_a_program_that_started_this_one_is_not_counted() -> None:
    ballast = bytearray(300 << 20)
    (own,) = peaks("print(peak_bytes())")
    assert own < len(ballast)
