"""Every command of README and docs is one that exists; those of the tutorials are run.

A line of a shell block must be a command of mienet that its parser takes, name a target, script or
extra that exists, or belong to a block that says "not run here", in it or right before it.
"""

import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from mienet.cli import _build_parser, main
from mienet.commands.parser import normalize_options
from mienet.labeling.timeline_formats import write_timelines
from mienet.sweeps.plan import read_plan
from tests.conftest import SameProcess, WriteVideo, video_writer
from tests.workflows.recordings import TAKES, annotated

ROOT = Path(__file__).parents[1]
DOCUMENTS = ["README.md", *(str(p.relative_to(ROOT)) for p in sorted(ROOT.glob("docs/**/*.md")))]
BLOCK = re.compile(r"^```(\w*)\n((?:(?!```).*\n)*)```|^\n((?:^ {4} *\S.*\n)+)", re.MULTILINE)
"""A fenced one with its language and text, or the text of an indented one."""
MARK = "not run here"
OTHERS = {"git", "cd", "source", "tensorboard", "jq"}
"""Commands that are no business of ours, and taken as they are."""
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def commands(document: str) -> Iterator[list[str]]:
    """Yields the commands of a document, as words; of marked blocks mienet's own alone."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        language, *codes = block.groups()
        code = "".join(filter(None, codes))
        before = text[: block.start()].rstrip().rsplit("\n\n", 1)[-1]
        if language in (None, "", "sh", "bash"):
            is_marked = MARK in before + code
            yield from (w for w in _commands_of(code) if w[0] == "mienet" or not is_marked)


def _commands_of(code: str) -> Iterator[list[str]]:
    """Yields the words of each command; of a block that begins with none, nothing."""
    lines = [line.strip() for line in code.replace("\\\n", " ").splitlines() if line.strip()]
    if not re.match(
        r"(mienet|make|git|source|bash|python3?|pip|\.venv/\S+|docker|torchrun|sbatch)\s", lines[0]
    ):
        return
    for line in lines:
        for part in re.split(r" && | \| ", re.sub(r"\[(--[^]]*)\]", r"\1", line)):
            if words := shlex.split(part, comments=True):
                yield words


def problem_of(words: list[str]) -> str | None:
    """Returns what is wrong with a command, or None."""
    name, *rest = words
    name = name.removeprefix(".venv/bin/")
    if name == "mienet":
        try:
            given = normalize_options(["0" if word == "SEED" else word for word in rest])
            _build_parser(given).parse_args(given)
        except SystemExit as ended:
            return None if ended.code == 0 else "mienet does not take it"
        return None
    if name == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
        return None if set(rest) <= set(targets) else "no such target"
    if name in ("bash", "python", "python3") and rest[0] != "-m":
        return None if (ROOT / rest[0]).is_file() else "no such script"
    if name in ("pip", "python3"):
        named = {
            extra
            for word in rest
            for extra in re.findall(r"[\w-]+", "".join(re.findall(r"\[(.*)\]", word)))
        }
        return None if named <= set(EXTRAS) else "no such extra"
    return None if name in OTHERS else f"cannot be checked; mark the block {MARK!r}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_exists(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = [(words, problem_of(words)) for words in commands(document)]
    wrong = [f"{shlex.join(words)}: {problem}" for words, problem in found if problem]
    assert not wrong, f"{wrong}\n{capsys.readouterr().err}"


def test_what_does_not_exist_is_found() -> None:
    assert [problem_of(shlex.split(line)) for line in (
        "mienet predikt", "make everything", "pip install '.[nothing]'", "python benchmarks/no.py",
        "docker run mienet",
    )] == [
        "mienet does not take it", "no such target", "no such extra", "no such script",
        "cannot be checked; mark the block 'not run here'",
    ]  # fmt: skip


LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files_here_too(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    folder = (ROOT / document).parent
    assert [name for name in LINK.findall(text) if not (folder / name).exists()] == []


SMALL = [
    "--model.pretrained", "null", "--model.num_segments", "4", "--data.short_side", "32",
    "--data.crop_size", "32", "--train.epochs", "1", "--trainer.accelerator", "cpu",
    "--trainer.precision", "32-true",
]  # fmt: skip
NOT_RUN = ("serve", "export", "benchmark", "demo", "report")
"""Of the tutorials: what goes on until it is stopped, and what is slow and has tests of its own."""


def run(document: str) -> dict[str, int]:
    """Runs a document's commands of mienet in this folder, and returns their exit codes."""
    return {
        words[1]: main([*words[1:], *(SMALL if words[1] == "train" else [])])
        for words in commands(document)
        if words[0] == "mienet" and words[1] not in NOT_RUN and "family.yaml" not in words
    }


def test_the_lab_s_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mienet.curation.pool.ProcessPoolExecutor", SameProcess)
    for place, take in enumerate(TAKES):
        video_writer(tmp_path)(f"videos/{take}.mp4", num_frames=8 + place)
    for folder, number in (("labels", 6), ("corrected", 2)):
        (written,) = write_timelines(annotated()[:number], tmp_path / "written", "boris")
        written.rename(f"{folder}.boris")
    (tmp_path / "new_videos").mkdir()
    for take in TAKES[:2]:
        shutil.copy(f"videos/{take}.mp4", f"new_videos/{take}.mp4")
    codes = run("docs/tutorials/lab.md")
    assert codes == dict.fromkeys(
        ["prepare", "train", "evaluate", "suggest", "timeline", "agree"], 0
    )
    assert Path("timelines/boris/annotations.boris").is_file()
    assert Path("agreement/agreement.json").is_file()


def test_the_researcher_s_table_is_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "results/egogestar_family", "results/egogestar_family")
    first, *_ = (
        w for w in commands("docs/tutorials/researcher.md") if w[:2] == ["mienet", "sweep"]
    )
    assert main(first[1:]) == 0
    assert re.search(r"mie_net +97\.1 ± 2\.0 \(92\.4 to 100\.0\)", capsys.readouterr().out)


def test_the_researcher_s_plan_is_one(tmp_path: Path) -> None:
    text = (ROOT / "docs/tutorials/researcher.md").read_text(encoding="utf-8")
    (plan,) = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    assert yaml.safe_load(plan)["reference"] == "mie_net"
    path = tmp_path / "family.yaml"
    path.write_text(plan)
    read = read_plan(path)
    assert len([read.config(variant, 0) for variant in read.variants()]) == 6


def test_the_engineer_s_tutorial_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Path, write_video: WriteVideo
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    model.rename("runs/clips")
    write_video("new_videos/a.mp4")
    text = (ROOT / "docs/tutorials/engineer.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    exec(program, {})
    predict = [words for words in commands("docs/tutorials/engineer.md") if "runs/clips" in words]
    assert [main(words[1:]) for words in predict] == [0]
    assert Path("results.jsonl").read_text().count("\n") == 1
