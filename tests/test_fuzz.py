"""A moment of scripts/fuzz.py at each door; scripts/nightly.sh gives each ten minutes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conftest import REPOSITORY

pytestmark = pytest.mark.slow


def test_damaged_input_is_answered_or_refused_in_words(tmp_path):
    command = [sys.executable, "scripts/fuzz.py", "--seconds", "2", "--keep", str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(" 0 faults") == 12
