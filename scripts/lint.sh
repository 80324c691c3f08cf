#!/usr/bin/env bash
# Style and types, as CI checks them: with the tools of .venv, or else of the environment in use.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
ruff check .
ruff format --check .
mypy
