"""Commands that ask a network of one's own: `neurogamut network FILE QUESTION`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click

from ..cases.files import read_mapping
from ..cases.strict_text import STDIN
from ..errors import UsageError, nearest
from ..network import Network
from ..questions.ask import Questions
from ..questions.network_answer import NetworkAnswer
from .output import show, write_csv
from .shared_options import (
    Command,
    NewFile,
    likelihood,
    read_assignments,
    takes_csv,
    takes_json,
    takes_top,
)

EXAMPLE = "--example"
Evidence = dict[str, Any]


class NetworkGroup(click.Group):
    """Takes `--example NAME` in the place of FILE, and names the nearest question."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`--example NAME` is moved to where FILE is expected; without a name all are listed."""
        if args[:1] == [EXAMPLE]:
            args = [f"{EXAMPLE}={''.join(args[1:2])}", *args[2:]]
        if args and args[0].startswith(f"{EXAMPLE}="):
            args = ["--", args[0], *args[1:]]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, ...]:
        """As click's, with the nearest question where there is none of that name."""
        if args[0] not in self.commands:
            hint = nearest(args[0], self.commands)
            raise UsageError(f"{args[0]!r} is no question{hint}; see  neurogamut network --help")
        return super().resolve_command(ctx, args)


@click.group("network", cls=NetworkGroup, invoke_without_command=True)
@click.argument("file", metavar="FILE|--example NAME")
@click.pass_context
def network(ctx: click.Context, file: str) -> None:
    """Ask a Bayesian network of your own.

    FILE is BIF, XMLBIF, NET (Hugin), XDSL (GeNIe) or UAI, also with .gz, or - for standard input;
    or name a textbook network that pgmpy ships: --example asia. Without a question the network is
    described.

    What is known is given as elsewhere: CASE is a JSON, YAML or TOML file, or - for standard input
    (JSON or YAML), and --set adds to it.
    """
    if file.startswith(f"{EXAMPLE}="):
        name = file.partition("=")[2]
        found = Network.example(name)
    else:
        name = Path(file).name
        found = Network.read(sys.stdin.buffer if file == STDIN else file)
    ctx.obj = Questions(found, name)
    if ctx.invoked_subcommand is None:
        _describe(ctx.obj)


def _describe(asked: Questions) -> None:
    found = asked.network
    edges = sum(len(cpt.parents) for cpt in found.cpts.values())
    numbers = sum(cpt.table.size for cpt in found.cpts.values())
    click.echo(f"{asked.info}")
    click.echo(f"{len(found.variables)} variables, {edges} edges, {numbers:,} numbers")
    for variable in found.variables.values():
        click.echo(f"  {variable.name}: {', '.join(variable.states)}")


def takes_evidence(command: Command) -> Command:
    """[CASE] and --set; the command gets `evidence`, a mapping of variables to states."""

    @click.argument("case_file", metavar="[CASE]", required=False)
    @click.option(
        "--set",
        "settings",
        metavar="NAME=STATE",
        multiple=True,
        help="Add or replace what is known of a variable: a state, or a likelihood such as "
        "yes:0.8,no:0.2. Repeat a name for several readers.",
    )
    @wraps(command)
    def run(
        asked: Questions,
        *args: Any,
        case_file: str | None,
        settings: tuple[str, ...],
        **options: Any,
    ) -> NetworkAnswer:
        known = read_mapping(case_file)[1] if case_file else {}
        said = read_assignments(settings, partial(_said, asked.network))
        return command(asked, *args, evidence=known | said, **options)

    return run


def _said(network: Network, name: str, text: str) -> str | dict[str, float]:
    """A state, whatever signs are in it, or a likelihood."""
    states = network.variable(name).states
    return likelihood(name, text) if ":" in text and text not in states else text


def question(command: Callable[..., NetworkAnswer]) -> click.Command:
    """A question of the group: --json, --csv and --top; the command returns its answer."""

    @takes_top(10, "Rows to show; --json and --csv have all.")
    @takes_json
    @takes_csv
    @click.pass_obj
    @wraps(command)
    def run(asked: Questions, *args: Any, **options: Any) -> None:
        top, as_json, csv_file = (options.pop(name) for name in ("top", "as_json", "csv_file"))
        answer = command(asked, *args, **options)
        show(answer, as_json, **({} if as_json else {"count": top}))
        write_csv(answer, csv_file)

    return network.command(command.__name__.rstrip("_"), help=command.__doc__)(run)


target = click.argument("target")


@question
@target
@takes_evidence
def posterior(asked: Questions, target: str, evidence: Evidence) -> NetworkAnswer:
    """The probability of every state of TARGET, given the evidence."""
    return asked.posterior(target, evidence)


@question
@takes_evidence
def marginals(asked: Questions, evidence: Evidence) -> NetworkAnswer:
    """The probability of every state of every variable."""
    return asked.marginals(evidence)


@question
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many, the best first.",
)
@takes_evidence
def mpe(asked: Questions, count: int, evidence: Evidence) -> NetworkAnswer:
    """The most probable states of all variables together; with --count the k best."""
    return asked.most_probable(evidence, None, count)


@question
@click.option(
    "--of",
    "variables",
    metavar="NAME",
    multiple=True,
    required=True,
    help="A variable to be told; may be repeated.",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many, the best first.",
)
@takes_evidence
def map_(
    asked: Questions, variables: tuple[str, ...], count: int, evidence: Evidence
) -> NetworkAnswer:
    """The most probable states of some variables (--of) together, the others summed out."""
    return asked.most_probable(evidence, variables, count)


@question
@target
@click.option(
    "--cost",
    "costs",
    metavar="NAME=COST",
    multiple=True,
    help="What it costs to observe a variable; those with a cost are the candidates.",
)
@takes_evidence
def next_(
    asked: Questions, target: str, costs: tuple[str, ...], evidence: Evidence
) -> NetworkAnswer:
    """Which variable to observe next: what it is expected to tell of TARGET, for its cost."""
    return asked.next_observation(target, evidence, _costs(costs))


def _costs(texts: tuple[str, ...]) -> dict[str, float]:
    costs = {}
    for text in texts:
        name, _, cost = text.rpartition("=")
        try:
            costs[name] = float(cost)
        except ValueError:
            raise UsageError(f"--cost {text!r}: expected name=number") from None
    return costs


@question
@click.argument("first")
@click.argument("second")
@takes_evidence
def information(asked: Questions, first: str, second: str, evidence: Evidence) -> NetworkAnswer:
    """How much FIRST and SECOND tell of each other, in bits."""
    return asked.information(first, second, evidence)


@question
@click.argument("first")
@click.argument("second")
@click.option("--given", multiple=True, metavar="NAME", help="What is known; may be repeated.")
def separation(asked: Questions, first: str, second: str, given: tuple[str, ...]) -> NetworkAnswer:
    """Whether the graph alone makes FIRST and SECOND independent (d-separation)."""
    return asked.separation(first, second, given)


@question
@takes_evidence
def conflict(asked: Questions, evidence: Evidence) -> NetworkAnswer:
    """Which findings are less probable together than apart."""
    return asked.conflict(evidence)


state = click.option("--state", help="The state in question.  [default: the leading one]")


@question
@target
@state
@takes_evidence
def oneway(asked: Questions, target: str, state: str | None, evidence: Evidence) -> NetworkAnswer:
    """Every number of the tables: how sensitive TARGET is to it, and how far it may move."""
    return asked.one_way(target, state, evidence)


@question
@target
@state
@click.option(
    "--factor",
    type=float,
    default=2.0,
    show_default=True,
    help="By what the odds of each number are divided and multiplied.",
)
@takes_evidence
def tornado(
    asked: Questions, target: str, state: str | None, factor: float, evidence: Evidence
) -> NetworkAnswer:
    """The numbers of the tables by how far TARGET moves when each moves."""
    return asked.tornado(target, state, evidence, factor)


@question
@target
@takes_evidence
def flip(asked: Questions, target: str, evidence: Evidence) -> NetworkAnswer:
    """The smallest change of the tables that puts another state of TARGET first."""
    return asked.flip(target, evidence)


@question
@click.argument("after")
def distance(asked: Questions, after: str) -> NetworkAnswer:
    """The Chan-Darwiche distance to the network in the file AFTER."""
    return asked.distance(Network.read(after))


@question
@click.option(
    "--count", type=click.IntRange(min=1), default=10, show_default=True, help="How many cases."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of what is drawn."
)
@takes_evidence
def sample(asked: Questions, count: int, seed: int, evidence: Evidence) -> NetworkAnswer:
    """Cases drawn from the network, given the evidence."""
    return asked.sample(count, evidence, seed)


@network.command()
@click.argument("target", type=NewFile())
@click.pass_obj
def convert(asked: Questions, target: Path) -> None:
    """Write the network to the file TARGET, in the format of its suffix."""
    asked.network.write(target, [str(asked.info)])
    click.echo(f"wrote {target}", err=True)


commands = {"network": network}
