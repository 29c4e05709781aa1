# make demo   sets everything up and runs the main job on the sample
# make test   sets everything up and passes the tests
# make check  ruff and mypy
# make check-wheel      builds the wheel and the sdist, installs each into a bare environment
#                       and runs the light commands there
# make site             builds the pages in docs/ as a site: build/site/index.html
# make benchmark        measures vaeprep beside Magenta, on the sample or on your music:
#                       make benchmark DATA='/path/*.tfrecord' CONFIG=cat-mel_2bar_small
# make benchmark-quick  the same in 3 minutes, to see that it works; its times mean nothing

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
BENCHMARK_READY := $(VENV)/.ready-benchmark
SITE_READY := $(VENV)/.ready-site

# Installs the lines of pinned.txt that are in its section $(1).
install_section = sed -n '/^\# --- $(1)/,/^\# --- /p' pinned.txt > $(VENV)/pinned-section.txt \
    && $(BIN)/python -m pip install --no-deps -r $(VENV)/pinned-section.txt

.PHONY: setup demo test check check-wheel docs site benchmark benchmark-quick clean

setup: $(READY)

$(READY): pinned.txt pyproject.toml setup.py
	@echo "Setting up $(VENV), once: 164 packages with TensorFlow, 3.5 GB, in 2 to 4 minutes."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	sed '/^# --- /,$$d' pinned.txt > $(VENV)/pinned-run.txt
	$(BIN)/python -m pip install --no-deps -r $(VENV)/pinned-run.txt
	$(BIN)/python -m pip install --no-deps --no-build-isolation \
	    --config-settings editable_mode=compat --editable .
	@touch $(READY)
	@echo "$(VENV) is ready."

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

# The installed copies, as a user gets them: a fresh environment, only the packages that
# vaeprep itself asks for. Built without isolation, to use the pinned setuptools. PYTHONPATH
# is emptied, so that pip does not take this folder for an installed vaeprep.
check-wheel: export PYTHONPATH =
check-wheel: setup
	rm -rf build/dist build/bare
	$(BIN)/python -m build --no-isolation --outdir build/dist .
	$(PYTHON) -m venv build/bare
	build/bare/bin/python -m pip install --constraint pinned.txt build/dist/vaeprep-*.whl
	build/bare/bin/python -I tests/light_install.py
	build/bare/bin/python -m pip install --force-reinstall --no-deps build/dist/vaeprep-*.tar.gz
	build/bare/bin/python -I tests/light_install.py

# The command reference, from the commands themselves.
docs: setup
	$(BIN)/python -m vaeprep.cli.reference > docs/cli.md

# Sphinx reads docs/ and the docstrings; what it writes asks nothing of any other machine.
$(SITE_READY): $(READY)
	$(call install_section,site only)
	@touch $(SITE_READY)

site: $(SITE_READY)
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --fresh-env \
	    --conf-dir docs/site --doctree-dir build/site-doctrees docs build/site

# Beam, and what only Beam needs. vaeprep itself and its tests never import it.
$(BENCHMARK_READY): $(READY)
	$(call install_section,benchmark only)
	@touch $(BENCHMARK_READY)

benchmark: $(BENCHMARK_READY)
	$(BIN)/python -m benchmarks.run_all \
	    $(if $(DATA),--data '$(DATA)') $(if $(CONFIG),--config '$(CONFIG)')

benchmark-quick: $(BENCHMARK_READY)
	$(BIN)/python -m benchmarks.run_all --quick --out build/benchmarks-quick

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
