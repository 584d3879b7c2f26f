# Each target is a command that continuous integration or the README names.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test browser php lint fit check evaluate gate bench lock clean

demo: $(STAMP)  ## clean the bundled example before your eyes
	$(BIN)/promo-detector clean examples/article.txt --title "$$(cat examples/title.txt)" --show

test: $(STAMP) browser php  ## every check: style, types, import contract, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest

browser:  ## install Chromium, which the tests drive, where it is missing and may be installed
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } \
		|| echo "chromium is missing: the tests of the page are skipped" >&2

php:  ## install PHP with curl, which runs the extension for FreshRSS, where it is missing and may be installed
	@php -r 'exit((int)!extension_loaded("curl"));' 2>/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends php-cli php-curl >/dev/null; } \
		|| echo "php with curl is missing: the tests of the extension for FreshRSS are skipped" >&2

fit: $(STAMP)  ## train the shipped model from the corpus
	$(BIN)/python -m training fit

check: $(STAMP)  ## validate the corpus and measure its breadth
	$(BIN)/python -m training check

evaluate: $(STAMP)  ## measure the shipped recipe on held-out voices, and write MODEL_CARD.md
	$(BIN)/python -m training evaluate

gate: $(STAMP)  ## fail when a pinned floor is broken
	$(BIN)/python -m training gate

bench: $(STAMP)  ## compare speeds with named alternatives
	-$(BIN)/pip install -qq --disable-pip-version-check fasttext-wheel
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/html_speed.py

lock: $(STAMP)  ## pin the dependencies anew
	$(BIN)/pip-compile --quiet --extra dev --extra server --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-header --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -qq --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)
