"""Imports go one way: cli, commands, workflows, recognizer; models and data do not meet."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src/mienet"

BELOW = {
    "files",
    "destinations",
    "errors",
    "extensions",
    "options",
    "shell",
    "main_guard",
    "escaping",
    "processors",
    "progress",
    "renamed",
    "yaml_files",
    "child_processes",
    "ending",
    "locks",
    "memory",
    "video_parts",
}
DATA = {"data", "annotations", "labeling", "video"}
ALLOWED = {
    "errors": set(),
    "extensions": set(),
    "shell": set(),
    "escaping": set(),
    "processors": set(),
    "progress": set(),
    "renamed": set(),
    "child_processes": set(),
    "ending": set(),
    "locks": set(),
    "yaml_files": {"errors"},
    "main_guard": {"errors"},
    "measuring": {"memory"},
    "memory": set(),
    "video_parts": set(),
    "ray_workers": {"errors", "processors"},
    "model_schema": {"extensions"},
    "files": {"errors", "locks"},
    "destinations": {"errors", "files"},
    "options": {"errors"},
    "config": {"errors", "extensions", "options", "yaml_files"},
    "view_options": {"options"},
    "models": {"models", "model_schema"} | BELOW,
    "video": {"video"} | BELOW,
    "annotations": {"annotations", "video"} | BELOW,
    "labeling": {"labeling", "annotations", "video"} | BELOW,
    "data": DATA | BELOW,
    "engines": {"engines", "models", "model_schema"} | DATA | BELOW,
    "sharing": {"sharing", "engines", "models", "model_schema"} | BELOW,
    "metrics": {"metrics", "errors"},
    "timelines": {"timelines", "metrics"} | DATA | BELOW,
    "prediction": {"video"},
    "familiarity": {"models", "metrics", "errors"},
    "recognizer": {
        *("prediction", "familiarity", "metrics", "engines", "models", "model_schema"),
        "timelines",
    }
    | DATA
    | BELOW,
    "exported_recognizer": {"recognizer", "engines"} | DATA | BELOW,
    "timeline_recognizer": {
        *("recognizer", "engines", "models", "model_schema", "timelines"),
    }
    | DATA
    | BELOW,
    "live": {"timeline_recognizer", "timelines"} | DATA | BELOW,
    "timeline_ensemble": {"timeline_recognizer", "timelines"} | DATA | BELOW,
    "loading": {
        *("recognizer", "timeline_recognizer", "engines", "models", "model_schema"),
        *("familiarity", "exported_recognizer", "sharing"),
    }
    | DATA
    | BELOW,
    "training": {
        *("training", "recognizer", "timeline_recognizer", "models", "config", "metrics"),
        *("timelines", "familiarity", "sharing"),
    }
    | DATA
    | BELOW,
    "explanations": {
        *("explanations", "recognizer", "timeline_recognizer", "engines", "models", "timelines"),
    }
    | DATA
    | BELOW,
    "rendering": {
        *("rendering", "explanations", "sweeps", "prediction", "models", "metrics", "timelines"),
    }
    | DATA
    | BELOW,
    "sweeps": {"sweeps", "config", "metrics"} | DATA | BELOW,
    "curation": {"curation", "rendering", "ray_workers"} | DATA | BELOW,
    "synthetic": {"synthetic", "ending", "files", "main_guard", "progress"},
    "workflows": {
        *("workflows", "training", "curation", "engines", "rendering", "synthetic"),
        "explanations",
        "sharing",
        "sweeps",
        *(
            "familiarity",
            "loading",
            "measuring",
            "prediction",
            "ray_workers",
            "recognizer",
            "exported_recognizer",
            "timeline_recognizer",
            "timeline_ensemble",
            "models",
            "config",
            "metrics",
            "view_options",
            "timelines",
            "model_schema",
            "",
        ),
    }
    | DATA
    | BELOW,
    "server": {
        *("server", "workflows", "curation", "rendering", "timelines", "config", ""),
        *("model_schema", "training", "live", "loading", "timeline_recognizer"),
    }
    | DATA
    | BELOW,
    "commands": {"commands", "server", "workflows", "config", "view_options", "ray_workers"}
    | BELOW,
    "cli": {"commands", "ending", "errors", "options", "processors", ""},
    "": {"loading", "prediction", "recognizer", "models", "workflows", "config"},
}

WORKFLOWS = {
    "demo": {
        *("demo_folder", "prepare_recordings", "train", "evaluate_recordings", "timeline"),
    },
    "demo_clips": {"demo_folder", "train", "evaluate", "predict"},
    "archive": {"archive_answers"},
    "archive_answers": {"predict", "timeline"},
    "agree": {"observers", "observer_choice", "clip_observers"},
    "observers": {"observer_choice"},
    "benchmark": {"benchmark_kinds"},
    "compare": {"compare_kinds", "evaluate", "evaluate_recordings", "model_costs", "report"},
    "compare_kinds": {"evaluate", "evaluate_recordings"},
    "evaluate": {"kept_logits", "selecting"},
    "predict": {"selecting"},
    "explain": {"explain_recordings"},
    "export": {"export_kinds"},
    "model_costs": {"benchmark_kinds"},
    "check": {"prepare_source"},
    "prepare": {"check", "prepare_source"},
    "report": {"evaluate", "evaluate_recordings", "sweep_table"},
    "recordings_source": {"prepare_source"},
    "search": {"search_table", "sweep", "sweep_table"},
    "search_table": {"sweep_table"},
    "sweep": {"sweep_table"},
    "sweep_table": {"evaluate_recordings"},
    "sweep_process": {"sweep_trial"},
    "sweep_trial": {"train", "evaluate", "evaluate_recordings", "model_costs"},
    "check_recordings": {"check", "recordings_source"},
    "prepared_splits": {"check_recordings", "prepare_source", "recordings_source"},
    "prepare_recordings": {
        *("check_recordings", "prepare_source", "prepared_splits", "recordings_source"),
    },
}
"""Which workflow uses which; synthetic videos are of the demo alone."""


def imports(path: Path) -> Iterator[list[str]]:
    """Yields the parts behind ``mienet`` of every import in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "mienet":
            parts = (node.module or "").split(".")[1:]
            if len(parts) == 1 and (PACKAGE / parts[0]).is_dir():
                yield from ([*parts, alias.name] for alias in node.names)
            else:
                yield parts or [""]


def test_imports_go_one_way() -> None:
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).with_suffix("").parts[0].replace("__init__", "")
        wrong += [
            f"{path.name}: {'.'.join(parts)}"
            for parts in imports(path)
            if parts[0] not in ALLOWED[own]
        ]
    assert wrong == []


def test_workflows_hardly_import_each_other() -> None:
    wrong = []
    for path in (PACKAGE / "workflows").glob("*.py"):
        used = {parts[1] for parts in imports(path) if parts[0] == "workflows"}
        wrong += [f"{path.stem}: {name}" for name in used - WORKFLOWS.get(path.stem, set())]
    assert wrong == []


def test_no_file_is_imported_by_what_it_imports() -> None:
    files = {}
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).with_suffix("").parts
        files[own] = {tuple(parts) for parts in imports(path)} - {("",)}  # the package's version
    TopologicalSorter({own: used & files.keys() for own, used in files.items()}).prepare()
