"""The Python examples of README and docs, saved as files and run on stand-ins of what they name."""

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import WriteVideo

ROOT = Path(__file__).parents[1]


def example(document: str) -> str:
    """Returns the Python of a document: its blocks one after the other."""
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    return "\n".join(blocks)


def texts(code: str) -> list[str]:
    """Returns the texts of a program, which name files and folders among others."""
    nodes = ast.walk(ast.parse(code))
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]


@pytest.fixture
def place(
    model: Path, class_folders: Path, write_video: WriteVideo, tmp_path: Path
) -> Callable[[str], Path]:
    """Saves a document's example as a file, beside all files that it names, and returns it."""

    def save(document: str) -> Path:
        code = example(document)
        shutil.copytree(model, tmp_path / "runs/demo_clips")
        class_folders.rename(tmp_path / "my_videos")
        for name in texts(code):
            if name.endswith(".mp4"):
                write_video(name)
            elif name.endswith(".csv"):
                path = tmp_path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                videos = sorted((tmp_path / "my_videos").glob("*/*.mp4"))
                path.write_text("path,label\n" + "".join(f"{v},{v.parent.name}\n" for v in videos))
        (tmp_path / "example.py").write_text(code, encoding="utf-8")
        return tmp_path / "example.py"

    return save


@pytest.mark.parametrize("document", ["README.md", "docs/measures.md"])
def test_an_example_runs(
    document: str, place: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, which has imported PyTorch; those that it starts run the file again."""
    path = place(document)
    monkeypatch.chdir(path.parent)
    runpy.run_path(str(path), run_name="__main__")


def test_an_example_runs_as_a_file(place: Callable[[str], Path]) -> None:
    path = place("docs/data.md")
    ran = subprocess.run(
        [sys.executable, path.name],
        cwd=path.parent,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
