# make demo   sets everything up and runs the main job on the sample
# make test   sets everything up and passes the tests
# make check  ruff and mypy
# make benchmark        measures vaeprep beside Magenta, on the sample or on your music:
#                       make benchmark DATA='/path/*.tfrecord' CONFIG=cat-mel_2bar_small
# make benchmark-quick  the same in 3 minutes, to see that it works; its times mean nothing

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
BENCHMARK_READY := $(VENV)/.ready-benchmark

.PHONY: setup demo test check docs benchmark benchmark-quick clean

setup: $(READY)

$(READY): pinned.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	sed '/^# --- benchmark only/,$$d' pinned.txt > $(VENV)/pinned-run.txt
	$(BIN)/python -m pip install --quiet --no-deps -r $(VENV)/pinned-run.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation \
	    --config-settings editable_mode=compat --editable .
	touch $(READY)

demo: setup
	mkdir -p build
	$(BIN)/vaeprep demo-songs build/demo.tfrecord --songs 60 --seed 7
	$(BIN)/vaeprep run \
	    --input-tfrecord build/demo.tfrecord \
	    --output-tfrecord build/demo-hierdec-trio_16bar.tfrecord \
	    --output-shards 10 \
	    --config hierdec-trio_16bar \
	    --overwrite

test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The command reference, from the commands themselves.
docs: setup
	$(BIN)/python -m vaeprep.cli.reference > docs/cli.md

# Beam, and what only Beam needs. vaeprep itself and its tests never import it.
$(BENCHMARK_READY): $(READY)
	sed '1,/^# --- benchmark only/d' pinned.txt > $(VENV)/pinned-benchmark.txt
	$(BIN)/python -m pip install --quiet --no-deps -r $(VENV)/pinned-benchmark.txt
	touch $(BENCHMARK_READY)

benchmark: $(BENCHMARK_READY)
	$(BIN)/python -m benchmarks.run_all \
	    $(if $(DATA),--data '$(DATA)') $(if $(CONFIG),--config '$(CONFIG)')

benchmark-quick: $(BENCHMARK_READY)
	$(BIN)/python -m benchmarks.run_all --quick --out build/benchmarks-quick

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
