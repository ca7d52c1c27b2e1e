"""Checks a wheel and an sdist in an environment that has nothing else, and lists what they need.

    .venv/bin/python scripts/check_dist.py dist                 what `make dist` runs
    .venv/bin/python scripts/check_dist.py dist --extras serve  one extra alone, into an empty one

The wheel is held against the files of the repository; then it is installed without extras, far from
the repository, and used: help, a model made there, a video made there, a prediction. Each command
of an extra must name the extra; then the extras are installed, and the commands are used. At the
end it writes beside the wheel an SBOM (CycloneDX) and the licenses of all that was installed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOLS = Path(sys.executable).parent

EXTRAS = tuple(
    tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
)

COMMANDS = {
    "onnx": ["export", "model", "--out", "exported_onnx", "--format", "onnx", "--data", "a.mp4"],
    "openvino": ["export", "model", "--out", "exported", "--format", "openvino", "--data", "a.mp4"],
    "explain": ["explain", "model", "a.mp4", "--out", "why"],
    "serve": ["serve", "--videos", ".", "--host", "192.0.2.1"],
    "search": ["sweep", "plan.yaml", "--out", "found"],
    "ray": ["predict", "model", "--list", "labels.csv", "--out", "results", "--engine", "ray"],
    "hub": ["pull", "user/model"],
    "remote": ["predict", "model", "s3://bucket/a.mp4"],
}
"""A command of each extra."""

AS_FAR_AS = {
    "serve": "not an address of this computer",
    "ray": "Ray did not start on this machine",  # where other programs keep it too busy
    "hub": "HF_HUB_OFFLINE is set",
    "remote": "s3://bucket/a.mp4: cannot be read",
}
"""Where the command of an extra may end, as it is not to wait or to use the network."""

MAKE = """
import av, numpy, shutil, torch
from pathlib import Path
from mienet import mie_net
from mienet.data.clips import ClipFormat
from mienet.recognizer import NetworkRecognizer
with av.open("a.mp4", "w") as container:
    stream = container.add_stream("mpeg4", rate=25)
    stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
    for index in range(12):
        image = numpy.full((32, 48, 3), 20 * index, numpy.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
    container.mux(stream.encode())
network = mie_net(2, "resnet18", num_segments=2)
NetworkRecognizer(network, ["fall", "rise"], ClipFormat(2, 4, 36, 32)).save("model")
rows = ["path,label,subject"]
for subject in ("ann", "bob", "cy"):
    for label in ("fall", "rise"):
        shutil.copy("a.mp4", f"{subject}_{label}.mp4")
        rows.append(f"{subject}_{label}.mp4,{label},{subject}")
Path("labels.csv").write_text("\\n".join(rows))
Path("plan.yaml").write_text('''
recipe: small
list: labels.csv
group_by: subject
folds: 3
options: {model.pretrained: null, model.num_segments: 2, data.short_side: 36, data.crop_size: 32,
  data.num_workers: 0, data.val_fraction: 0.5, train.epochs: 1}
search: {number: 2, train.learning_rate: [0.001, 0.01]}
''')
"""
"""A video, a model that was not trained, and a search over copies of the video."""


@dataclass(frozen=True)
class Environment:
    """A Python environment and an empty folder to work in."""

    folder: Path
    place: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs its Python in the empty folder, without anything that the caller's would find."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=self.place,
            env=clean | {"HF_HUB_OFFLINE": "1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
            text=True,
            capture_output=True,
        )

    def mienet(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the installed command, as a user types it."""
        command = shutil.which("mienet", path=str(self.python.parent))
        if command is None:
            sys.exit("the wheel installs no command mienet")
        return self.run(command, *arguments)

    def must(self, *arguments: str) -> str:
        """Returns what a mienet command prints; ends this script if it fails."""
        done = self.mienet(*arguments)
        if done.returncode:
            sys.exit(f"mienet {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def install(self, what: str, *options: str) -> None:
        """Installs a package, with the versions of constraints.txt unless options say others.

        By uv, whose environments share the files of large packages.
        """
        options = options or ("--constraint", str(ROOT / "constraints.txt"))
        command = ("pip", "install", "--quiet", "--python", str(self.python), *options, what)
        done = subprocess.run([str(TOOLS / "uv"), *command], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"uv {' '.join(command)} failed:\n{done.stderr}")


def tracked() -> set[str]:
    """Returns the names of the repository's files."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, check=True)
    return set(listed.stdout.decode().splitlines())


def check_wheel(wheel: Path) -> list[str]:
    """Returns what is wrong with the names of a wheel's files."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {name.removeprefix("src/") for name in tracked() if name.startswith("src/")}
    inside = {name for name in names if ".dist-info/" not in name}
    info = {name.split(".dist-info/")[1] for name in names - inside}
    problems = [f"{name}: not in the wheel" for name in sorted(expected - inside)]
    problems += [f"{name}: in the wheel, not in src/mienet" for name in sorted(inside - expected)]
    problems += [f"{name}: not in the wheel" for name in {"licenses/LICENSE"} - info]
    return problems


def check_sdist(sdist: Path) -> list[str]:
    """Returns what is wrong with the names of an sdist's files."""
    with tarfile.open(sdist) as archive:
        names = [one.name.partition("/")[2] for one in archive if one.isfile()]
    needed = ("pyproject.toml", "README.md", "LICENSE", "PKG-INFO", "src/mienet/py.typed")
    problems = [f"{name}: not in the sdist" for name in needed if name not in names]
    strange = {*names} - tracked() - {"PKG-INFO"}
    return problems + [f"{name}: in the sdist, not in the repository" for name in sorted(strange)]


def check_core(environment: Environment) -> None:
    """Uses what needs no extra."""
    commands = re.findall(r"^ +([a-z-]+)  +\S", environment.must("--help"), re.MULTILINE)
    for command in commands:
        environment.must(command, "--help")
    made = environment.run("-c", MAKE)
    if made.returncode:
        sys.exit(f"a model could not be made:\n{made.stderr}")
    found = json.loads(environment.must("predict", "model", "a.mp4", "--out", "-"))
    print(f"{len(commands)} commands show their help; a prediction: {found}")
    for what in (["-c", "import mienet"], ["-m", "mienet.cli", "--help"]):
        print(f"{' '.join(what)}: {seconds(environment, what):.2f} s of a CPU, the least of 5")


def seconds(environment: Environment, what: list[str]) -> float:
    """Returns how much of a CPU's time something takes beyond Python's own start.

    Not by a clock, which would count other programs, too.
    """
    least = [float("inf"), float("inf")]
    for _ in range(5):
        for place, arguments in enumerate((["-c", "pass"], what)):
            before = os.times()
            environment.run(*arguments)
            after = os.times()
            used = after.children_user + after.children_system
            used -= before.children_user + before.children_system
            least[place] = min(least[place], used)
    return least[1] - least[0]


def check_missing(environment: Environment, extra: str) -> None:
    """Ends this script unless a command whose extra is missing names it."""
    done = environment.mienet(*COMMANDS[extra])
    if done.returncode != 1 or f"mienet[{extra}]" not in done.stderr or "Traceback" in done.stderr:
        sys.exit(f"without the extra {extra} its command does not name it:\n{done.stderr}")


def check_extra(environment: Environment, extra: str) -> None:
    """Uses a command whose extra is installed."""
    done = environment.mienet(*COMMANDS[extra])
    came_far = extra in AS_FAR_AS and AS_FAR_AS[extra] in done.stderr
    if done.returncode and not came_far:
        sys.exit(f"with the extra {extra} its command fails:\n{done.stdout}{done.stderr}")
    if done.returncode:
        print(f"{extra}: tried as far as {AS_FAR_AS[extra]!r}")
    if extra in ("onnx", "openvino"):
        environment.must("predict", COMMANDS[extra][3], "a.mp4")


def list_packages(environment: Environment, folder: Path) -> None:
    """Writes the SBOM and the licenses of all packages beside the wheel."""
    python = str(environment.python)
    made = ("--output-reproducible", "--of", "JSON", "-o", str(folder / "sbom.json"))
    about = ("environment", python, "--pyproject", str(ROOT / "pyproject.toml"))
    subprocess.run([str(TOOLS / "cyclonedx-py"), *about, *made], check=True)
    form = ("--format=markdown", "--with-urls", "--from=mixed", "--ignore-packages", "mienet")
    listed = subprocess.run(
        [str(TOOLS / "pip-licenses"), f"--python={python}", *form],
        text=True,
        capture_output=True,
        check=True,
    )
    rows = [re.split(r" *\| *", line)[1:-1] for line in listed.stdout.splitlines()[2:]]
    lines = [
        f"| {f'[{name}]({url})' if url.startswith('http') else name} | {version} | {license} |"
        for name, version, license, url in rows
    ]
    table = ["| Name | Version | License |", "| --- | --- | --- |", *lines]
    (folder / "licenses.md").write_text("\n".join(table) + "\n")


def main() -> None:
    """Checks the newest wheel and sdist of a folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the wheel and the sdist are")
    parser.add_argument("--extras", nargs="*", choices=EXTRAS, default=EXTRAS)
    options = parser.parse_args()
    if unknown := {*EXTRAS} ^ {*COMMANDS}:
        sys.exit(f"pyproject.toml and COMMANDS here differ in these extras: {', '.join(unknown)}")
    (wheel,), (sdist,) = options.folder.glob("*.whl"), options.folder.glob("*.tar.gz")
    if problems := check_wheel(wheel) + check_sdist(sdist):
        sys.exit("\n".join(problems))
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.2f} MB; {sdist.name}: as they should be")
    with tempfile.TemporaryDirectory(prefix="mienet_dist_") as temporary:
        place = Path(temporary) / "empty"
        place.mkdir()
        environment = Environment(Path(temporary) / "environment", place)
        venv.create(environment.folder)
        environment.install(str(wheel.absolute()))
        check_core(environment)
        for extra in options.extras:
            check_missing(environment, extra)
        environment.install(f"{wheel.absolute()}[{','.join(options.extras)}]")
        for extra in options.extras:
            check_extra(environment, extra)
        print(f"extras: {', '.join(options.extras)}: missed by name, then used")
        list_packages(environment, options.folder.absolute())
    print(f"{options.folder}: sbom.json and licenses.md")


if __name__ == "__main__":
    main()
