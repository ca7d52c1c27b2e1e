"""Memory that was freed stays with the process, where the C library can do that."""

import subprocess
import sys

import pytest

from mienet.memory import keep_freed_memory

FREED = """
import ctypes, resource, sys
from mienet.memory import keep_freed_memory
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
