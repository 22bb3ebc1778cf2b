# Everything a person types. A fresh clone needs nothing but Python 3.11 with pip, and Debian.
VENV := .venv
PYTHON := $(VENV)/bin/python
LOCK := .ci/requirements.lock

.PHONY: demo test lint bench lock system-packages

demo: $(VENV)/ready
	$(VENV)/bin/suite-sim suite $(if $(EXIT),--exit)

test: $(VENV)/ready system-packages
	$(MAKE) lint
	$(PYTHON) -m pytest --numprocesses=2 --dist=loadfile

lint: $(VENV)/ready
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/lint-imports
	$(VENV)/bin/basedpyright

bench: $(VENV)/ready system-packages
	$(PYTHON) -m benchmarks

system-packages:
	.ci/system-packages

# Works without Debian's python3-venv: pip installs into an environment that has no pip of its own.
$(VENV)/ready: $(LOCK) pyproject.toml
	python3 -m venv --without-pip $(VENV)
	python3 -m pip --python $(PYTHON) install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	python3 -m pip --python $(PYTHON) install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Run after a change of the dependencies in pyproject.toml; needs uv.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --output-file $(LOCK)
