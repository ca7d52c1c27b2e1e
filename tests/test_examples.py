"""The Python examples of README and docs, saved as files and run on stand-ins of what they name."""

import ast
import os
import re
import shutil
import subprocess
import sys
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


@pytest.mark.parametrize("document", ["README.md", "docs/data.md", "docs/measures.md"])
def test_an_example_runs_as_a_file(
    document: str, tmp_path: Path, full_model: Path, class_folders: Path, write_video: WriteVideo
) -> None:
    code = example(document)
    shutil.copytree(full_model, tmp_path / "runs/demo_clips")
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
    ran = subprocess.run(
        [sys.executable, "example.py"],
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
