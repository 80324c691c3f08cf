#!/usr/bin/env bash
# Everything from nothing: the environment in .venv, a browser, style and types, documents, tests.
#
#   scripts/test.sh [PYTEST ARGUMENTS]     e.g. scripts/test.sh -m "not slow" tests/test_engine.py
#
# Where no browser can be had, the tests that need one are skipped; with NEEDS_BROWSER=1 they fail.
set -euo pipefail
cd "$(dirname "$0")/.."

python3 -m venv .venv
.venv/bin/pip install -q -c constraints.txt -e '.[dev]'

has_browser() {
  PYTHONPATH=tests .venv/bin/python - <<'EOF' 2>/dev/null
from playwright.sync_api import sync_playwright
from support.real_browser import found
with sync_playwright() as playwright:
    raise SystemExit(found(playwright.chromium) is None)
EOF
}

get_browser() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # Playwright's own program needs libatomic.
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium libatomic1 >/dev/null && return
  fi
  .venv/bin/playwright install chromium
}

if ! has_browser; then
  echo "no browser found, getting one" >&2
  get_browser >&2 || echo "no browser could be had: the tests that need one are skipped" >&2
fi

scripts/lint.sh
.venv/bin/sphinx-build -q -W --keep-going -E -c docs . build/site
.venv/bin/pytest -n auto --dist loadfile "$@"
