# Every target makes what it needs, virtual environment included, and is safe to repeat.
PYTHON ?= python3
VENV ?= .venv
PIP_ARGS ?=
EXTRAS ?= dev
JOBS ?= 2

CONFIG := configs/fcn/fcn_tiny_1xb4-1k_synth-streets-128x256.py
WORK_DIR := work_dirs/quickstart
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt $(PIP_ARGS)
NO_CV2 := cv2 does not load (libGL is missing). Install it (Debian: apt-get install libgl1 libglib2.0-0) \
	or, without root: $(BIN)/pip uninstall -y opencv-python; $(BIN)/pip install opencv-python-headless

.PHONY: train test lint table soak bench clean
.DELETE_ON_ERROR:

train: $(VENV)/.run
	$(BIN)/python tools/prepare_dataset.py synth-streets
	$(BIN)/python tools/train.py $(CONFIG) --work-dir $(WORK_DIR) --resume
	$(BIN)/python tools/test.py $(CONFIG) $$(cat $(WORK_DIR)/last_checkpoint) --work-dir $(WORK_DIR)
	@echo "Done. Look at $(CURDIR)/$(WORK_DIR)/overlays.png and $(CURDIR)/$(WORK_DIR)/report/report.html"

test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS)
	$(BIN)/python tools/benchmark.py verify

lint: $(VENV)/.test
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

table: $(VENV)/.run
	$(if $(FRESH),$(BIN)/python tools/benchmark.py run synth-cpu --fresh)
	$(BIN)/python tools/benchmark.py table

soak: $(VENV)/.test
	$(BIN)/python -m pytest -s -m slow

bench: $(VENV)/.run
	$(BIN)/python tools/benchmarks/bench.py

clean:
	rm -rf $(VENV)

# The stamps are written last: an interrupted installation is taken up again.
$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) -e ".[coco]"
	@$(BIN)/python -c "import cv2" || { echo "$(NO_CV2)"; exit 1; }
	touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) -e ".[$(EXTRAS)]"
	@$(BIN)/python -c "import cv2" || { echo "$(NO_CV2)"; exit 1; }
	touch $@ $(VENV)/.run

$(BIN)/pip:
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" || \
		{ echo "Python 3.11 to 3.13 is needed: make PYTHON=python3.12 ..."; exit 1; }
	rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
