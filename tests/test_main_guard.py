"""A script without the guard is stopped before it starts a process; others are not."""

import subprocess
import sys
from pathlib import Path

import pytest

UNGUARDED = """
import mienet
mienet.check("videos", out="out", jobs=1)
"""
CHECKS = {
    "unguarded": ("check()", False),
    "in a function": ("def go():\n    check()\ngo()", False),
    "guarded": ('if __name__ == "__main__":\n    check()', True),
    "guarded by another spelling": ("if '__main__' == __name__:\n    x = 1\n    check()", True),
    "behind the guard": ('if __name__ == "__main__":\n    x = 1\ncheck()', False),
    "left early": ('if __name__ != "__main__":\n    raise SystemExit\ncheck()', True),
    "under another name": ("if True:\n    check()", False),
}


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(text)
    command = [sys.executable, "script.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("case", CHECKS)
def test_the_line_that_runs_decides(case: str, tmp_path: Path) -> None:
    text, is_fine = CHECKS[case]
    found = run(tmp_path, f"from mienet.main_guard import require_main_guard as check\n{text}\n")
    assert (found.returncode == 0) == is_fine
    assert ('if __name__ == "__main__":' in found.stderr) != is_fine


def test_a_console_or_notebook_is_left_alone() -> None:
    code = "from mienet.main_guard import require_main_guard\nrequire_main_guard()"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_an_unguarded_script_is_told_so_and_starts_nothing(class_folders: Path) -> None:
    found = run(class_folders.parent, UNGUARDED)
    assert found.returncode == 1
    assert "script.py:3: it reads videos in processes that are started afresh" in found.stderr
    assert found.stderr.count("Traceback") == 1


@pytest.mark.parametrize(("method", "is_stopped"), [("spawn", True), ("fork", False)])
def test_a_loader_asks_for_the_guard_where_its_processes_are_not_forked(
    method: str, is_stopped: bool, tmp_path: Path
) -> None:
    text = (
        f"import multiprocessing\nmultiprocessing.set_start_method({method!r}, force=True)\n"
        "from mienet.main_guard import require_main_guard_unless_forked\n"
        "require_main_guard_unless_forked()\n"
    )
    assert (run(tmp_path, text).returncode == 1) == is_stopped
