# Both main targets need nothing but Python 3.11 or later and make.
PYTHON ?= python3
BIN := .venv/bin

# Both processes of the tests, and those that they start, would compile all files anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test pytest lint benchmark benchmark-data docs dist licenses

demo: setup            ## the end-to-end example, on synthetic videos: runs/demo
	$(BIN)/mienet demo --out runs/demo

test: setup            ## all tests, and lint beside them
	$(MAKE) --no-print-directory --jobs 2 pytest lint

pytest: setup          ## the files in the order of tests/conftest.py: what takes longest comes first
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 30 --durations-min 4

benchmark: setup       ## speed on this machine, as ratios to the reference implementation: runs/benchmark
	$(BIN)/python benchmarks/model.py --out runs/benchmark

benchmark-data: setup  ## preparation and loading, as ratios to the authors' way: runs/benchmark_data
	$(BIN)/python benchmarks/data.py --out runs/benchmark_data

dist: setup            ## wheel, sdist, SBOM and licenses, checked in an empty environment: dist
	rm -rf dist
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group release
	$(BIN)/python -m build --outdir dist
	$(BIN)/python scripts/check_dist.py dist

licenses: dist         ## the table of docs/licenses.md anew
	sed -i '/^| Name/,$$d' docs/licenses.md
	cat dist/licenses.md >> docs/licenses.md

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/docs-installed    ## the documentation's site: site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

setup: .venv/installed ## the environment, in .venv

# Compiled when they are first imported: most of the 14,000 files never are.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --group dev --editable '.[onnx,openvino,explain,serve,hub,search,remote]'
	touch $@

.venv/docs-installed: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group docs
	touch $@
