# Each target installs what it needs by itself (system packages, Python packages from the lock) and says what it does.
PY := .venv/bin/python
STAMP := .venv/.installed

.PHONY: help demo two-monitors test check bench soak screens job-aids lock package package-test clean
help:
	@echo "make demo     the main job on this machine: windows with a display, a scripted tour without"
	@echo "make two-monitors  switching on two monitors of different size, as pictures in build/two-monitors"
	@echo "make test     every test, on real pcscd, TLS, SQLite and PostgreSQL"
	@echo "make check    formatting, lint, types"
	@echo "make bench    measure, print the table, write build/bench.json; ONLY=stage for one group"
	@echo "make soak     half an hour of taps on the nested stage: what grows? SOAK_MINUTES for another length, 8 at least for a verdict"
	@echo "make screens  every screen in every theme, as PNG in build/screens"
	@echo "make job-aids  the pictures of docs/job-aids, drawn anew"
	@echo "make package  Debian packages of service and workstation, in build/packages"
	@echo "make package-test  install, start, upgrade, remove and purge them on a fresh Debian (as root)"
	@echo "make lock     resolve the dependencies again"

$(STAMP): pyproject.toml requirements.lock installer/setup.sh
	@installer/setup.sh

demo: $(STAMP)
	@.venv/bin/kiosk demo

two-monitors: $(STAMP)
	@.venv/bin/kiosk demo --two-monitors

# Two processes each on two cores. The stories for themselves, because each process has a hospital of its own: card
# service, screens, ports and folders; a file's stories follow one another in one hospital.
test: $(STAMP)
	@$(PY) -m pytest -q -n 2 --dist loadfile --ignore=tests/stories
	@$(PY) -m pytest -q -n 2 --dist loadfile tests/stories

check: $(STAMP)
	@$(PY) -m ruff format --check kiosk tests installer
	@$(PY) -m ruff check kiosk tests installer
	@$(PY) -m mypy kiosk tests installer

bench: $(STAMP)
	@$(PY) -m tests.benchmarks $(ONLY)

soak: $(STAMP)
	@$(PY) -m tests.soak

screens: $(STAMP)
	@QT_QPA_PLATFORM=offscreen $(PY) -m kiosk.ui.gallery build/screens

job-aids: $(STAMP)
	@QT_QPA_PLATFORM=offscreen $(PY) -m kiosk.ui.job_aids docs/pictures/job-aids

package: $(STAMP)
	@$(PY) -m installer.debian.build

package-test:
	@[ -n "$$(ls build/packages/*.deb 2>/dev/null)" ] || $(MAKE) --no-print-directory package
	@installer/debian/try.sh

lock:
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev \
		--quiet --upgrade pyproject.toml -o requirements.lock

clean:
	rm -rf build .venv
