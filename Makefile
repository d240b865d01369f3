# `make` alone lists the targets. Needs make and python3; everything else is fetched into .tools/ and .venv/.
.POSIX:
.SUFFIXES:

UV = .tools/uv/bin/uv
BIN = .venv/bin
TROLY = $(BIN)/troly
COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --custom-compile-command "make lock" $${UPGRADE:+--upgrade}

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: .venv/.runtime ## Start the web chat on http://127.0.0.1:8080 (other port: make demo PORT=9000); stop with Ctrl-C
	@TQDM_DISABLE=1 $(TROLY) train
	@if [ -n "$$PORT" ]; then export TROLY_PORT="$$PORT"; fi; exec $(BIN)/python scripts/foreground.py $(TROLY) serve

chat: .venv/.runtime ## Talk to the bot in the terminal
	@TQDM_DISABLE=1 $(TROLY) train
	@$(TROLY) chat

train: .venv/.runtime ## Train a model when none fits the present data
	@TQDM_DISABLE=1 $(TROLY) train

test: .venv/.dev ## Run all tests (some of them: make test ARGS="-k telegram")
	@sh scripts/chromium.sh
	@TQDM_DISABLE=1 $(TROLY) train
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

check: .venv/.dev ## Format, lint, types, import rules, training data, guides
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TROLY) rasa data validate --data data/nlu data/rules --domain domain.yml --fail-on-warnings
	$(TROLY) guides validate

format: .venv/.dev ## Put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

setup: .venv/.dev ## Fetch all that working on the project needs

lock: .tools/.uv ## Renew requirements/*.txt after a change in pyproject.toml (newest of all: make lock UPGRADE=1)
	$(COMPILE) --no-config --python-version 3.8 requirements/uv.in -o requirements/uv.txt
	$(COMPILE) --python-version 3.11 pyproject.toml -o requirements/runtime.txt
	$(COMPILE) --python-version 3.11 pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt

clean: ## Remove all that can be made again; keeps var/, where conversations are
	rm -rf .tools .venv .rasa models .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.tools/.uv: requirements/uv.txt scripts/uv.sh
	@sh scripts/uv.sh
	@touch $@

.venv/.runtime: .tools/.uv requirements/runtime.txt
	@sh scripts/environment.sh runtime

.venv/.dev: .tools/.uv requirements/dev.txt
	@sh scripts/environment.sh dev

.PHONY: help demo chat train test check format setup lock clean
