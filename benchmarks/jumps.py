"""Draws whole synthetic jumps of athletes and scenes that no demo has seen, and labels them.

.venv/bin/python benchmarks/jumps.py jumps --athletes 50
.venv/bin/python benchmarks/recordings.py jumps/recordings jumps/annotations.csv=runs/demo
"""

import argparse
import sys
from pathlib import Path

from mienet.synthetic.recordings import make_recordings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--athletes", type=int, default=50)
    parser.add_argument("--seed", type=int, default=100)
    options = parser.parse_args()
    made = make_recordings(options.out, athletes=options.athletes, split="test", seed=options.seed)
    print(f"{len(made)} recordings in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
