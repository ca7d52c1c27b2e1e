"""Pages of the documentation's site that no file of docs/ holds, made by mkdocs at each build.

The help of every command comes from its parser, the Python reference from docstrings, changelog and
security from the repository's root. PyTorch is not imported: parsers do not need it, docstrings are
read.
"""

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]

SEAMS = {
    "Recordings": [
        "mienet.timeline_recognizer.TimelineRecognizer",
        "mienet.timelines.recording.RecordingOptions",
        "mienet.timelines.recording.Windows",
        "mienet.timelines.result.Timeline",
        "mienet.timelines.result.Phase",
        "mienet.timelines.result.Spotted",
        "mienet.live.LiveTimeline",
    ],
    "Labels of other programs": [
        "mienet.labeling.timeline_formats.read_timelines",
        "mienet.labeling.timeline_formats.write_timelines",
        "mienet.labeling.timelines.AnnotatedVideo",
        "mienet.labeling.timelines.Interval",
        "mienet.labeling.timelines.Event",
    ],
    "Videos": ["mienet.video.reader.open_video", "mienet.video.reader.Video"],
    "Errors": ["mienet.errors"],
}
"""What pages of docs/ name besides ``mienet.__all__``, for the page of the Python reference."""

EXTENSIONS = {
    "Names and places": ["mienet.extensions"],
    "A temporal module": ["mienet.models.temporal.TemporalModule"],
    "A backbone": ["mienet.models.backbones.Backbone"],
    "A format of labeled clips": [
        "mienet.annotations.formats.AnnotationFormat",
        "mienet.annotations.records.VideoRecord",
        "mienet.annotations.records.Annotations",
    ],
    "A format of whole videos": ["mienet.labeling.timeline_formats.TimelineFormat"],
    "An engine": ["mienet.engines.engine.Engine"],
}
"""What docs/design.md names as the places to add to, for the page about adding."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the generated pages to those of docs/."""
    pages = {
        "reference/commands.md": commands_page(),
        "reference/python.md": python_page(),
        "reference/extending.md": extending_page(),
        "changelog.md": page_of("CHANGELOG.md"),
        "security.md": page_of("SECURITY.md"),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Makes a page fit phones: code breaks where it can be read, a picture opens in full.

    Raises:
        PluginError: If the page would load something from elsewhere: the site works offline.
    """
    loaded = re.findall(
        r"<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=\"?(https?://[^\"\s>]+)", output
    )
    if loaded:
        raise PluginError(
            f"{page.file.src_uri}: loads {', '.join(loaded)}; keep a copy in docs/site"
        )
    output = re.sub(r'<img alt="[^"]*" src="([^"]+)" ?/?>', r'<a href="\1">\g<0></a>', output)
    return re.sub(r"(?<!<span></span>)<code>([^<]+)</code>", _breakable, output)


def _breakable(code: re.Match[str]) -> str:
    """Returns inline code whose long words break after ``/ , _ .`` and whose options do not."""
    words = []
    for word in code[1].split(" "):
        if not word.startswith("-") and len(word) > 16:
            word = re.sub(r"(?<=\w)([/,_.])(?=\w)", r"\1<wbr>", word)
        words.append(re.sub(r"^-[\w.-]+", r'<span class="option">\g<0></span>', word))
    return f"<code>{' '.join(words)}</code>"


def commands_page() -> str:
    """Returns the help of every command, as the terminal shows it."""
    from mienet.cli import COMMANDS, WITH_RECIPE

    os.environ["COLUMNS"] = "90"
    parts = [
        "# Commands\n\nWhat `mienet COMMAND --help` says. The defaults of `mienet train` are "
        "those of the recipe that is named; without one they are as here."
    ]
    for name, command in COMMANDS.items():
        parser = command.make_parser([]) if name in WITH_RECIPE else command.make_parser()
        parser.prog = f"mienet {name}"
        parts.append(f"## mienet {name}\n\n```text\n{parser.format_help().rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def python_page() -> str:
    """Returns the reference of what ``import mienet`` gives, by what it is for."""
    import mienet

    groups: dict[str, list[str]] = {"Models and what they say": [], "Workflows": [], "Networks": []}
    for name in sorted(mienet.__all__, key=str.lower):
        place = mienet._MODULES.get(name, "models")
        kind = {"workflows": "Workflows", "models": "Networks"}.get(place.split(".")[0])
        groups[kind or "Models and what they say"].append(f"mienet.{name}")
    return (
        _reference(
            "# Python\n\nFrom the docstrings. Functions with `**options` take those of a group, "
            "which are [in one table](#options-that-several-functions-share).",
            groups | SEAMS,
        )
        + "\n"
        + options_table()
        + "## Measures\n\n::: mienet.metrics\n    options:\n      show_root_toc_entry: false\n"
    )


def options_table() -> str:
    """Returns what functions take as ``**options``: each once, with the groups that have it."""
    from mienet import view_options
    from mienet.commands.help import in_words
    from mienet.options import declared

    groups: dict[tuple[str, ...], list[str]] = {}
    for name, group in vars(view_options).items():
        if name.endswith("Options"):
            for option, (kind, said) in declared(group).items():
                taken = in_words(kind, said.range)
                row = (f"`{option}`", taken, f"`{said.default!r}`", said.help)
                groups.setdefault(row, []).append(f"`{name}`")
    rows = [" | ".join([*row, ", ".join(names)]) for row, names in groups.items()]
    head = "option | takes | default | meaning | in\n--- | --- | --- | --- | ---"
    return "\n".join(["## Options that several functions share", "", head, *rows, "", ""])


def extending_page() -> str:
    """Returns the reference of the places to add to."""
    return _reference(
        "# Adding to it\n\nWhat a new part has to be. [Design](../design.md#adding-to-it) has a "
        "whole example of each.",
        EXTENSIONS,
    )


def _reference(opening: str, groups: dict[str, list[str]]) -> str:
    parts = [opening]
    for title, names in groups.items():
        parts += [f"## {title}", *(f"::: {name}" for name in names)]
    return "\n\n".join(parts) + "\n"


def page_of(name: str) -> str:
    """Returns a page of the repository's root, with its links to docs/ as seen from there."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
    return text.replace("](SECURITY.md", "](security.md")
