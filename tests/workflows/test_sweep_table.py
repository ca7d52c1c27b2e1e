"""The table of a sweep from the small files that are kept of it."""

import math
import re
from pathlib import Path

import pytest

from mienet.rendering import sweep_files
from mienet.sweeps.trials import SweepError
from mienet.workflows.sweep_table import sweep_table

PLAN = """
recipe: small
list: labels.csv
folds: {column: fold}
group_by: room
vary:
  network: {one: {}}
"""
COSTS = "num_training,training_share,training_seconds,num_parameters,gigaflops"
TRIALS = f"""variant,fold,seed,state,problem,{COSTS}
one,a,0,done,,8,,,,
one,b,0,done,,8,1.0,,,
"""
ANSWERS = """variant,fold,seed,path,group,label,answer,rank
one,a,0,1.mp4,kitchen,up,up,0
one,b,0,2.mp4,hall,up,down,1
"""


def write(folder: Path, plan: str) -> None:
    for name, text in (("plan.yaml", plan), ("trials.csv", TRIALS), ("answers.csv", ANSWERS)):
        (folder / name).write_text(text)


def test_what_was_not_measured_on_training_videos_is_not_zero(tmp_path: Path) -> None:
    write(tmp_path, PLAN)
    (figures,) = sweep_table(tmp_path).variants
    assert math.isnan(figures.training_share)
    assert "| - |" in (tmp_path / "table.md").read_text()


def test_variants_that_were_added_to_the_plan_alone_are_told(tmp_path: Path) -> None:
    write(tmp_path, PLAN.replace("one: {}", "one: {}, two: {model.motion: none}"))
    with pytest.raises(SweepError, match=r"no trainings of: two; mienet sweep PLAN"):
        sweep_table(tmp_path)


@pytest.mark.parametrize(("seeds", "over"), [("", "2 rooms"), (", 1", "2 rooms and the seeds")])
def test_the_picture_says_what_its_intervals_are_over(
    seeds: str, over: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, f"{PLAN}seeds: [0{seeds}]")
    for name in ("trials.csv", "answers.csv") if seeds else ():
        text = (tmp_path / name).read_text()
        again = re.sub("^(one,.),0", r"\1,1", text.split("\n", 1)[1], flags=re.MULTILINE)
        (tmp_path / name).write_text(text + again)
    drawn = []
    monkeypatch.setattr(sweep_files, "png", lambda figure, **_: drawn.append(figure) or b"")
    sweep_table(tmp_path)
    assert drawn[0].axes[0].get_xlabel() == f"top-1, %, with 95 % intervals over {over}"
