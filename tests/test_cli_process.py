"""What only a process shows: what it imports, its streams, its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial

import pytest

pytestmark = pytest.mark.slow

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


def test_help_imports_no_command_and_no_numbers():
    code = (
        "import sys\n"
        "from neurogamut.cli.main import cli\n"
        "cli(['--help'], standalone_mode=False)\n"
        "heavy = ('numpy', 'pydantic', 'rich', 'neurogamut.model', 'neurogamut.cli.ask')\n"
        "print([m for m in heavy if m in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]" and "posterior" in done.stdout


def test_help_of_a_command_imports_no_other_command():
    program = (
        "import sys\n"
        "from neurogamut.cli.main import cli\n"
        "cli(['posterior', '--help'], standalone_mode=False)\n"
        "print([m for m in sys.modules if m.startswith('neurogamut.cli.')], file=sys.stderr)\n"
    )
    imported = run(sys.executable, "-c", program).stderr
    assert "neurogamut.cli.what_is_it" in imported
    assert "neurogamut.cli.check_tables" not in imported and "neurogamut.cli.demo" not in imported


def test_results_and_messages_have_their_own_streams():
    good = run(*NEUROGAMUT, "posterior", *CASE, "--json")
    bad = run(*NEUROGAMUT, "posterior", "--set", "feber=present", "--json")
    assert good.returncode == 0 and good.stderr == "" and json.loads(good.stdout)
    assert bad.returncode == 4 and bad.stdout == "" and "nearest: fever" in bad.stderr


def test_a_pipe_gets_plain_text_of_80_columns():
    result = run(*NEUROGAMUT, "explain", *CASE, COLUMNS="200", TERM="xterm-256color")
    assert "\x1b" not in result.stdout and "█" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    narrow = run(*NEUROGAMUT, "explain", *CASE, COLUMNS="50")
    assert max(map(len, narrow.stdout.splitlines())) <= 50


def test_an_ascii_terminal_gets_stand_ins_and_no_traceback():
    result = run(*NEUROGAMUT, "posterior", *CASE, PYTHONIOENCODING="ascii")
    assert result.returncode == 0 and result.stderr == ""
    assert "#####" in result.stdout and "?" not in result.stdout
    sources = run(*NEUROGAMUT, "list", "sources", PYTHONIOENCODING="ascii").stdout
    assert "Plattn" not in sources and "Platten" in sources


def test_an_ending_by_ctrl_c_is_said_in_its_exit_code(tmp_path):
    case = tmp_path / "case.json"
    os.mkfifo(case)
    command = [*NEUROGAMUT, "posterior", str(case)]
    # A process that a shell started in the background, and its children, would not hear of it.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=heard)
    # The command waits for a case, and to open the file waits for the command.
    with process, case.open("w"):
        for _ in range(10):  # a signal just before a read waits for its end
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(3)
                break
        assert process.returncode == 130
        assert b"Stopped." in process.stderr.read()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("posterior --set hearing_l", {"hearing_loss="}),
        ("posterior --set sex=", {"sex=female", "sex=male"}),
        ("explain --disease sus", {"susac"}),
        ("posterior --setting tb", {"tb_endemic"}),
        ("next --by bits", {"bits", "bits-per-cost"}),
        ("list se", {"settings"}),
        ("show hearing_l", {"hearing_loss"}),
        ("show hearing_loss sus", {"susac"}),
        ("sensitivity tornado --target sus", {"susac"}),
    ],
)
def test_a_shell_completes_keys_states_and_settings(words, offered):
    typed = ["neurogamut", *words.split(" ")]
    environment = {
        "_NEUROGAMUT_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(typed),
        "COMP_CWORD": str(len(typed) - 1),
    }
    lines = run(*NEUROGAMUT, **environment).stdout.splitlines()
    assert {line.partition(",")[2] for line in lines} == offered


def test_a_reader_that_leaves_early_is_no_error():
    command = [*NEUROGAMUT, "list", "sources"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
