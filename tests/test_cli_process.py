"""What only a process shows: what it imports, its streams, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys

NEUROGAMUT = [sys.executable, "-m", "neurogamut"]
CASE = ["--set", "age=27", "--set", "hearing_loss=present"]


def run(*command: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", env=os.environ | environment, check=False
    )


def test_json_needs_no_heavy_library():
    program = (
        "import sys\n"
        "from neurogamut.cli.main import cli\n"
        f"cli(['posterior', *{CASE!r}, '--json'], standalone_mode=False)\n"
        "heavy = {'pandas', 'pgmpy', 'scipy', 'altair', 'rich', 'networkx', 'matplotlib', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    result = run(sys.executable, "-c", program)
    assert result.stderr == "[]\n"
    assert json.loads(result.stdout)["posterior"]


def test_help_of_a_command_imports_no_other_command():
    program = (
        "import sys\n"
        "from neurogamut.cli.main import cli\n"
        "cli(['posterior', '--help'], standalone_mode=False)\n"
        "print([m for m in sys.modules if m.startswith('neurogamut.cli.')], file=sys.stderr)\n"
    )
    imported = run(sys.executable, "-c", program).stderr
    assert "neurogamut.cli.case" in imported
    assert "neurogamut.cli.check" not in imported and "neurogamut.cli.demo" not in imported


def test_results_and_messages_have_their_own_streams():
    good = run(*NEUROGAMUT, "posterior", *CASE, "--json")
    bad = run(*NEUROGAMUT, "posterior", "--set", "feber=present", "--json")
    assert good.returncode == 0 and good.stderr == "" and json.loads(good.stdout)
    assert bad.returncode == 4 and bad.stdout == "" and "nearest: fever" in bad.stderr


def test_a_pipe_gets_plain_text_of_80_columns():
    result = run(*NEUROGAMUT, "explain", *CASE, COLUMNS="200", TERM="xterm-256color")
    assert "\x1b" not in result.stdout and "█" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_an_ascii_terminal_gets_question_marks_and_no_traceback():
    result = run(*NEUROGAMUT, "posterior", *CASE, PYTHONIOENCODING="ascii")
    assert result.returncode == 0 and result.stderr == ""
    assert "?" in result.stdout


def test_a_reader_that_leaves_early_is_no_error():
    command = [*NEUROGAMUT, "list", "sources"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
