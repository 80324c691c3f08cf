#!/usr/bin/env bash
# What takes too long for every change: 10,000 examples for each law of the engine, 100,000 simulated
# patients, damaged input at every door, and how many changes of the code the tests notice.
#
#   scripts/nightly.sh [SECONDS]     for each door, 600 unless told
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
pytest -m nightly tests/test_nightly.py
pytest --hypothesis-profile=nightly tests/test_engine_properties.py
python scripts/fuzz.py --seconds "${1:-600}" --keep build/faults
pip install -q cosmic-ray
python scripts/mutants.py --count 200
