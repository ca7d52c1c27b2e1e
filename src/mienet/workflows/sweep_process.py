"""The process of one trial of a sweep: ``python -m mienet.workflows.sweep_process FOLDER``.

It ends with the process that started it, from the first moment on: what takes seconds to import
is imported when that is watched.
"""

import sys
import threading
from pathlib import Path

from mienet.child_processes import end_with_parent, only_one
from mienet.processors import limit_threads


def main(arguments: list[str]) -> None:
    """Does the trial of the folder that is named."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    limit_threads()
    folder = Path(arguments[0])
    with only_one(folder / "lock"):
        from mienet.workflows.sweep_trial import run_trial

        run_trial(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
