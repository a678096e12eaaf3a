# Each target installs what it needs by itself (system packages, Python packages from the lock) and says what it does.
PY := .venv/bin/python
DEMO := .venv/.ready-for-demo
READY := .venv/.ready-for-test
MUTANTS := .venv/.ready-for-mutants
BUILD := .venv/.ready-for-package
READER := .venv/.ready-for-transcript
NEEDED := pyproject.toml installer/setup.sh requirements.lock

.PHONY: help demo two-monitors test check bench soak soak-outages tried screens job-aids picture transcript lock package package-test fresh matrix clean coverage mutants pictures api translations
help:
	@echo "make demo     the main job on this machine: windows with a display, a scripted tour without"
	@echo "make two-monitors  switching on two monitors of different size, as pictures in build/two-monitors"
	@echo "make test     every test, on real pcscd, TLS, SQLite and PostgreSQL"
	@echo "make check    formatting, lint, types, translations, docs/api up to date, pages that can be read once"
	@echo "make translations  bring new English sentences into each language's file"
	@echo "make bench    measure, print the table, write build/bench.json; ONLY=stage for one group"
	@echo "make soak     half an hour of taps on the nested stage: what grows? SOAK_MINUTES for another length, 8 at least for a verdict"
	@echo "make soak-outages  an hour of a service that goes and comes back every 20 s: what is lost, doubled, stuck?"
	@echo "make tried    print dialogs, browsers, LibreOffice, Java and a remote desktop in a workspace, where they are installed"
	@echo "make coverage  every line and branch of the rooms on which the rest stands; ONLY=session for one"
	@echo "make mutants  small changes to the same code: do the tests notice? MUTANT_MINUTES a room (10), ONLY=policy for one"
	@echo "make screens  every screen in every theme and size, as PNG in build/screens; all on one sheet in build/sheets"
	@echo "make pictures  the moving picture of README, from the tour"
	@echo "make api      the pages for integrators, docs/api, from doors and docstrings"
	@echo "make transcript  what the real Orca speaks, in docs/spoken.md"
	@echo "make job-aids  the pictures of docs/job-aids, drawn anew"
	@echo "make picture  the picture of the house in docs/architecture.md, drawn anew from the imports"
	@echo "make package  Debian packages of service and workstation, in build/packages"
	@echo "make package-test  install, start, upgrade, remove and purge them on a fresh Debian (as root)"
	@echo "make fresh    the first two on machines that have nothing yet: Debian 12 and 13, Ubuntu 24.04 where reached (as root)"
	@echo "make matrix   the rooms' tests on every Python from 3.11 to 3.14 that is here"
	@echo "make lock     resolve the dependencies again"

$(DEMO): $(NEEDED)
	@installer/setup.sh demo

$(BUILD): $(NEEDED)
	@installer/setup.sh package

$(READER): $(NEEDED) requirements-dev.lock
	@installer/setup.sh transcript

$(MUTANTS): $(READY) requirements-mutants.lock
	@installer/setup.sh mutants

$(READY): $(NEEDED) requirements-dev.lock installer/judges.sh tests/judges/package-lock.json tests/judges/node.lock
	@installer/setup.sh test

demo: $(DEMO)
	@.venv/bin/kiosk demo

two-monitors: $(DEMO)
	@.venv/bin/kiosk demo --two-monitors

# More processes than cores, for half of the time a test waits: for a card, a screen, a second that must pass. Files that
# wait and files that compute begin side by side, each kind with its longest first (tests/order.py). The stories come
# after them, because each process has a hospital of its own: card service, screens, ports and folders. Beside the rooms,
# two cores were too few: stations answered too late. Many have a browser, too, so no more are told at once than there are
# cores. They are told also where a room failed.
PROCESSES ?= 4
TELLERS ?= 2
test: $(READY)
	@rooms=passed; stories=passed; \
	$(PY) -m pytest -q -n $(PROCESSES) --dist loadfile --no-loadscope-reorder --ignore=tests/stories || rooms=failed; \
	$(PY) -m pytest -q -n $(TELLERS) --dist loadfile --timeout 300 tests/stories || stories=failed; \
	echo "The rooms' tests $$rooms, the stories $$stories."; \
	[ "$$rooms $$stories" = "passed passed" ]

check: $(READY)
	@$(PY) -m ruff format --check kiosk tests installer tools
	@$(PY) -m ruff check kiosk tests installer tools
	@$(PY) -m mypy kiosk tests installer tools
	@$(PY) -m tools.api_pages --check docs/api
	@$(PY) -m tools.sentences
	@$(PY) -m installer.translations check

translations: $(READY)
	@$(PY) -m installer.translations update

bench: $(READY)
	@$(PY) -m tests.benchmarks $(ONLY)

soak: $(READY)
	@$(PY) -m tests.soak

soak-outages: $(READY)
	@$(PY) -m tests.soak.outages

tried: $(READY)
	@$(PY) -m tests.tried $(ONLY)

coverage: $(READY)
	@ONLY="$(ONLY)" $(PY) -m tests.covered

mutants: $(MUTANTS)
	@ONLY="$(ONLY)" MUTANT_MINUTES="$(MUTANT_MINUTES)" nice -n 19 $(PY) -m tests.covered.mutants

screens: $(DEMO)
	@QT_QPA_PLATFORM=offscreen $(PY) -m kiosk.ui.gallery build/screens
	@for size in 1024x768 1920x1080 1080x1920; do \
		$(PY) -m kiosk.ui.gallery build/screens/$$size --size $$size --sheets build/sheets; done
	@$(PY) -m kiosk.ui.gallery build/screens/3840x2160 --size 3840x2160 --dpi 163 --sheets build/sheets

job-aids: $(DEMO)
	@QT_QPA_PLATFORM=offscreen $(PY) -m kiosk.ui.job_aids docs/pictures/job-aids

picture: $(READY)
	@$(PY) -m tests.house docs/architecture.md

pictures: $(DEMO)
	@env -u DISPLAY .venv/bin/kiosk demo --tour --out build/tour
	@$(PY) -m tools.moving_picture build/tour docs/pictures/tour.gif

api: $(DEMO)
	@$(PY) -m kiosk.service.openapi docs/openapi.json
	@$(PY) -m tools.api_pages docs/api

transcript: $(READER)
	@$(PY) -m tests.transcript docs/spoken.md

package: $(BUILD)
	@$(PY) -m installer.debian.build

package-test:
	@[ -n "$$(ls build/packages/*.deb 2>/dev/null)" ] || $(MAKE) --no-print-directory package
	@installer/debian/try.sh

fresh:
	@installer/fresh.sh

matrix:
	@installer/matrix.sh

COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --quiet
# What the program needs, and what makes an editable installation; at the versions of the whole.
lock:
	@$(COMPILE) --upgrade --extra dev -o requirements-dev.lock
	@$(COMPILE) --extra mutants -c requirements-dev.lock --upgrade -o requirements-mutants.lock
	@$(COMPILE) --extra build -c requirements-dev.lock --upgrade -o requirements.lock

clean:
	rm -rf build .venv
