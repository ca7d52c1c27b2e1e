"""What stands behind a model, for a report: its files, data, recipe, versions and hashes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mienet.rendering.report.charts import Chart, line_chart
from mienet.rendering.report.curves import read_curves, training_charts
from mienet.rendering.report.words import counted
from mienet.rendering.sweep import SweepTable
from mienet.sweeps.learning_curve import learning_curves

COUNTS = {
    "training_clips": "training clips",
    "validation_clips": "validation clips",
    "training_recordings": "training recordings",
    "validation_recordings": "validation recordings",
}


@dataclass(frozen=True)
class RunFacts:
    """What is known of a run.

    Attributes:
        name: Of its folder.
        has_record: Whether it says how it was trained; a model's file alone does not.
        facts: What is known and its value, in order.
        recipe: The text of ``config.yaml``; empty where there is none.
        charts: How the training went; none where the run has no curves.
        learning: What more labels would bring, if a sweep has measured it.
        learning_sentences: The same in words.
        num_models: More than 1 for an ensemble, whose models have pages of their own.
    """

    name: str
    has_record: bool
    facts: tuple[tuple[str, str], ...]
    recipe: str
    charts: tuple[Chart, ...]
    num_models: int = 1
    learning: Chart | None = None
    learning_sentences: tuple[str, ...] = ()

    def with_learning(self, table: SweepTable) -> "RunFacts":
        """Returns the same with the learning curves of a sweep."""
        main = table.measures[0]
        curves = learning_curves(table.variants, main.name)
        lines = [(c.name, c.counts, [figure.value for figure in c.figures]) for c in curves]
        chart = line_chart(main.title, lines, f"{table.kind} to learn from", top=1)
        return replace(self, learning=chart, learning_sentences=tuple(table.curve_sentences()))

    def kind(self, of: str) -> str:
        """Returns what the page is about; ``of`` is clips, or whole recordings."""
        if self.num_models == 1:
            return f"a model of {of}"
        return f"an ensemble: the mean of what {self.num_models} models of {of} say"


def read_runs(homes: Sequence[Path]) -> RunFacts:
    """Returns what the folder of a run or model says of itself, or of those of an ensemble."""
    if len(homes) == 1:
        return read_run(homes[0])
    names = [home.resolve().name for home in homes]
    if len(set(names)) < len(names):
        names = [str(home) for home in homes]
    has_records = all(_record(home / "run.json") for home in homes)
    return RunFacts(" and ".join(names), has_records, (), "", (), len(homes))


def read_run(home: Path) -> RunFacts:
    """Returns what a run's or model's folder says of itself."""
    recipe = home / "config.yaml"
    record = _record(home / "run.json")
    return RunFacts(
        home.resolve().name,
        bool(record),
        tuple(_facts(record)),
        recipe.read_text(encoding="utf-8", errors="replace") if recipe.is_file() else "",
        tuple(training_charts(read_curves(home))),
    )


def _record(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _facts(record: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for name, title in COUNTS.items():
        if name in record:
            found.append((title, f"{record[name]:,}"))
    if record.get("group_by"):
        found.append(("kept apart by", str(record["group_by"])))
    for name, digest in (record.get("list_sha256") or {}).items():
        found.append((f"SHA-256 of {name}", str(digest)))
    if record.get("command"):
        found.append(("trained with", " ".join(map(str, record["command"]))))
    if resumed := record.get("resumed"):
        found.append(("resumed", counted(len(resumed), "time")))
    if "seed" in record:
        found.append(("seed", str(record["seed"])))
    if record.get("versions"):
        versions = record["versions"].items()
        found.append(("versions in training", ", ".join(f"{n} {v}" for n, v in versions)))
    if record.get("machine"):
        found.append(("trained on", str(record["machine"])))
    if record:
        found.append(("starting weights", _start(record.get("pretrained"))))
    return found


def _start(pretrained: Any) -> str:
    if not isinstance(pretrained, dict):
        return "random (trained from scratch)"
    return f"{pretrained.get('start')}; classifier: {pretrained.get('classifier')}"
