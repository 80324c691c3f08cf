#!/usr/bin/env bash
# Brings whatever shows figures to those of the present tables: performance, record of validation,
# simulated patients, notebooks, pictures, documents. Takes about an hour and wants a quiet machine.
#
#   scripts/refresh.sh ["what was changed in the tables" "why"]
#
# With both, the record of validation gets a line. HPO names a CSV of HPO annotations, for the scores of
# ranking by them (docs/validation.md). Needs the environment of scripts/test.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

.venv/bin/neurogamut check
$python scripts/fit_verbal_scale.py
$python scripts/write_validation_docs.py validation/development.jsonl ${HPO:+--hpo "$HPO"} \
  ${1:+--change "$1" --reason "$2"}
$python scripts/write_reading_docs.py
$python scripts/write_learning_docs.py
$python scripts/reader_agreement.py
$python scripts/score_neighbours.py
$python -m benchmarks
$python scripts/refresh_notebooks.py
$python scripts/draw_pictures.py
.venv/bin/neurogamut posterior examples/case.json --json >examples/answer.json.new
mv examples/answer.json.new examples/answer.json
git status --short
