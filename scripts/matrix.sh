#!/usr/bin/env bash
# Other environments than that of scripts/test.sh, each from nothing in a folder of its own.
#
#   scripts/matrix.sh [LANE ...]       all lanes where none is named
#
# core        what `pip install` brings without an extra: a posterior, and words for all that is missing
# lowest      the lowest version of every direct dependency that pyproject.toml allows
# newest      the newest of everything
# wheel       the built wheel, outside the repository: tables, page and examples are in it
# 3.11 ... 3.14   that Python, the pinned versions
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
#: What every environment has to answer: engine, tables, cohort, server, exchange.
tests="tests/test_engine.py tests/test_engine_tiny.py tests/test_network.py tests/test_build.py
  tests/test_cohort.py tests/test_cohort_files.py tests/test_cohort_safety.py tests/test_server.py
  tests/test_server_security.py tests/test_server_storm.py tests/test_reference.py
  tests/test_plots.py tests/test_replay.py"

environment() { # PYTHON: an empty folder with a new virtual environment
  rm -rf "${folder:?}"/*
  "$1" -m venv "$folder/venv"
  PATH="$folder/venv/bin:$PATH"
}

core() {
  environment python3
  pip install -q -c constraints.txt .
  cd "$folder"
  neurogamut demo >/dev/null
  neurogamut demo --write examples >/dev/null
  neurogamut explain examples/case.json >/dev/null
  neurogamut next-tests examples/case.json >/dev/null
  for missing in "show hearing_loss susac" "cohort examples/cohort.csv answers.csv" "serve" \
    "sensitivity sobol examples/case.json" "posterior examples/case.json --plot picture.svg"; do
    said=$(neurogamut $missing 2>&1) && { echo "$missing: nothing is missing" >&2; exit 1; }
    line=$(sed -n 's/.*: run  \(pip install .*\)  (the extra.*/\1/p' <<<"$said")
    [ -n "$line" ] || { echo "$missing: no line that installs it: $said" >&2; exit 1; }
    case $missing in show*) eval "$line -q" && neurogamut $missing >/dev/null ;; esac
  done
  cd "$root"
}

lowest() {
  environment python3
  python - >"$folder/lowest.txt" <<'EOF'
import re, tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
extras = project["optional-dependencies"]
work = [line for name in extras if name not in ("benchmarks", "dev", "docs", "test") for line in extras[name]]
for line in {*project["dependencies"], *work}:
    if not line.startswith("neurogamut"):
        name, floor = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?>=(.+)", line).groups()
        print(f"{name}=={floor}")
EOF
  pip install -q -c "$folder/lowest.txt" -e '.[all]' pytest pytest-timeout hypothesis httpx pyagrum
  pytest $tests
}

newest() {
  environment python3
  pip install -q -e '.[all]' pytest pytest-timeout hypothesis httpx pyagrum
  pytest $tests
}

wheel() {
  environment python3
  pip wheel -q --no-deps -w "$folder" .
  pip install -q -c constraints.txt "$(ls "$folder"/neurogamut-*.whl)[server]"
  cd "$folder"
  neurogamut demo --write examples >/dev/null
  neurogamut posterior examples/answer.json
  python - <<'EOF'
from importlib.resources import files
page = files("neurogamut") / "page"
assert (page / "index.html").is_file(), page
EOF
  cd "$root"
}

pinned() { # PYTHON
  environment "$1"
  pip install -q -c constraints.txt -e '.[all]' pytest pytest-timeout hypothesis httpx pyagrum
  pytest $tests
}

pytest() { command pytest -q -o addopts= -o filterwarnings= -p no:cacheprovider "$@"; }

for lane in "${@:-core wheel lowest newest 3.11 3.12 3.13 3.14}"; do
  for name in $lane; do
    echo "== $name"
    case $name in
      core | lowest | newest | wheel) ("$name") ;;
      3.*)
        if command -v "python$name" >/dev/null && "python$name" -c '' 2>/dev/null; then
          (pinned "python$name")
        else
          echo "no python$name on this machine: not tried"
        fi
        ;;
      *) echo "$name: no lane; expected core, wheel, lowest, newest or 3.11 to 3.14" >&2 && exit 2 ;;
    esac
  done
done
