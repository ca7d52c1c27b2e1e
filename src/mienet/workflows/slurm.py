"""A batch script that trains on a cluster with SLURM: written, to be read and submitted by people.

It is plain text from a template, and not a job of a library such as submitit: it can be changed
for a cluster's own rules, needs nothing there but mienet, and holds no pickled Python.
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from mienet.config import ConfigError, RunConfig, load_recipe
from mienet.destinations import require_own_file
from mienet.errors import MienetError
from mienet.files import write_whole
from mienet.shell import program

NOTICE_SECONDS = 300
"""How long before the end of its time a job is told."""

SET_HERE = {
    "trainer.num_nodes": "--nodes",
    "trainer.devices": "--gpus-per-node",
    "trainer.accelerator": "--gpus-per-node",
    "train.resume": "the script, which starts a stopped run again",
}
"""Options of ``train`` that the script sets, by what decides them."""


def write_batch_script(
    out: str | Path,
    recipe: str,
    config: RunConfig,
    *,
    nodes: int,
    gpus_per_node: int,
    time: str,
    cpus_per_task: int = 8,
    partition: str | None = None,
    account: str | None = None,
) -> Path:
    """Writes a batch script that trains, and returns its path; nothing is submitted.

    Args:
        out: The script.
        recipe: Name of a shipped recipe, or a YAML file.
        config: All options; those that are not the recipe's stand in the script.
        nodes: Computers.
        gpus_per_node: GPUs of each, and processes; 0 is one process, which computes with the CPU.
        time: Most time at once, such as "12:00:00" or "2-00:00:00", in days, hours, minutes and
            seconds.
        cpus_per_task: CPUs of each process; all but one read videos.
        partition: Where the cluster runs it; None leaves that to the cluster.
        account: Whom it counts for; None leaves that to the cluster.

    Raises:
        ConfigError: If an option is not accepted, is set by the script, or the run has no name.
        MienetError: If ``out`` is there, and no such script, or one that was changed.
        OSError: If the script cannot be written.
    """
    changed = _changed(config, load_recipe(recipe))
    _check(changed, config, time, {"partition": partition, "account": account})
    from jinja2 import Environment, PackageLoader, StrictUndefined

    options = changed | {
        "trainer.num_nodes": str(nodes),
        "trainer.devices": str(gpus_per_node or 1),
        "trainer.accelerator": "gpu" if gpus_per_node else "cpu",
        "train.resume": "auto",
    }
    if gpus_per_node and config.data.num_workers is None:
        options["data.num_workers"] = str(max(1, cpus_per_task - 1))
    lines = [[program(anywhere=True), "train", recipe]]
    lines += [[f"--{name}", value] for name, value in options.items()]
    name = str(config.train.name)
    templates = Environment(
        loader=PackageLoader("mienet", "workflows"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    text = templates.get_template("slurm.sh.j2").render(
        name=shlex.quote(name),
        job=re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII),
        script=shlex.quote(str(out)),
        nodes=nodes,
        gpus=gpus_per_node,
        tasks=gpus_per_node or 1,
        cpus=cpus_per_task,
        time=time,
        partition=partition,
        account=account,
        notice_seconds=NOTICE_SECONDS,
        folder=shlex.quote(str(Path.cwd())),
        state=shlex.quote(str(Path(config.train.out) / name / "last.ckpt")),
        command=[shlex.join(line) for line in lines],
    )
    require_own_file(Path(out), r"#!/bin/bash\n# Trains .+ on \d+ node", by="mienet slurm")
    _require_unchanged(Path(out))
    content = text.encode("utf-8", "backslashreplace")
    write_whole(out, content + _last_line(content))
    return Path(out)


def _last_line(above: bytes) -> bytes:
    """Returns the line that ends a script, by which one that a person has changed is known."""
    said = "mienet slurm replaces this script as long as nothing above is changed"
    return f"# {said}: {sha256(above).hexdigest()}\n".encode()


def _require_unchanged(path: Path) -> None:
    """Raises an error for a script that a person has changed, as they are told to do.

    Raises:
        MienetError: If it is not as it was written; what is not there, or empty, is.
    """
    written = path.read_bytes() if path.is_file() else b""
    above, _, last = written.rstrip(b"\n").rpartition(b"\n")
    if written and last + b"\n" != _last_line(above + b"\n"):
        raise MienetError(
            f"{path} would be replaced, and is not as mienet slurm wrote it; choose another --out, "
            "or move what is there"
        )


def _changed(config: RunConfig, recipe: RunConfig) -> dict[str, str]:
    """Returns the options that are not the recipe's, with their values as they are typed."""
    own, shipped = asdict(config), asdict(recipe)
    return {
        f"{group}.{name}": value if isinstance(value, str) else json.dumps(value)
        for group, options in own.items()
        for name, value in options.items()
        if value != shipped[group][name]
    }


def _check(
    changed: Mapping[str, str], config: RunConfig, time: str, names: Mapping[str, str | None]
) -> None:
    problems = [
        f"--{name} is set by {decides}: leave it out"
        for name, decides in SET_HERE.items()
        if name in changed
    ]
    if config.train.name is None:
        problems.append("--train.name is missing: it says which run the job goes on with")
    elif not config.train.name.isprintable():
        problems.append(f"--train.name {config.train.name!r} cannot stand in a script")
    if _seconds(time) < 2 * NOTICE_SECONDS:
        problems.append(
            f"--time: {time!r} is not accepted; give hours, minutes and seconds such as 12:00:00, "
            f"with days 2-00:00:00, at least {2 * NOTICE_SECONDS // 60} minutes"
        )
    for option, value in names.items():
        if value is not None and not re.fullmatch(r"[\w.,-]+", value, re.ASCII):
            problems.append(
                f"--{option}: {value!r} is not accepted; give letters, digits and any of . , - _"
            )
    if problems:
        raise ConfigError("; ".join(problems))


def _seconds(time: str) -> int:
    """Returns a duration in seconds, or -1 for what is none."""
    match = re.fullmatch(r"(?:(\d+)-)?(\d{1,3}):([0-5]\d):([0-5]\d)", time, re.ASCII)
    if not match or (match[1] and int(match[2]) > 23):
        return -1
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
