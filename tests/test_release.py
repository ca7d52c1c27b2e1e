"""What a release says of itself in several places."""

import re
import tomllib
from pathlib import Path

import yaml

from mienet import __version__

ROOT = Path(__file__).parents[1]


def test_the_version_is_the_same_everywhere() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]
    first = next(line for line in (ROOT / "CHANGELOG.md").read_text().split("\n") if "## " in line)
    assert cited == __version__
    assert first.split()[1] == __version__


def test_the_workflow_does_what_the_readme_says() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())
    steps = [step.get("run") for step in workflow["jobs"]["test"]["steps"]]
    assert ".ci/run" in steps


def test_the_page_in_a_container_is_for_this_computer_and_asks_for_a_token() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["serve"]
    port = service["command"][service["command"].index("--port") + 1]
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert service["environment"]["MIENET_TOKEN"].startswith("${MIENET_TOKEN:?")


def test_the_readme_says_how_each_extra_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    installed = re.findall(r"'\.\[([\w,]+)\]'", (ROOT / "README.md").read_text())
    assert set(project["optional-dependencies"]) == set(",".join(installed).split(","))


def test_the_container_installs_extras_that_there_are() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "Dockerfile").read_text()
    extras = text.partition("mienet-*.whl)[")[2].partition("]")[0].split(",")
    assert set(extras) <= set(project["optional-dependencies"])
