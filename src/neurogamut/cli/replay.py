"""A saved answer asked again: as it was asked then, and what has changed since."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from ..cases.answers import Made
from ..knowledge.releases import release_name
from ..knowledge.stated_priors import BETWEEN
from ..model import Model


def ask_again(made: Made, options: dict[str, Any]) -> None:
    """Put the options of an answer in the place of those that nobody gave."""
    context = click.get_current_context()
    context.obj = made
    priors = tuple(filter(None, made.priors.split(BETWEEN)))
    asked: dict[str, Any] = {"setting": made.setting, "assume": made.assume}
    asked |= {"reporting": made.reporting, "prior": priors}
    for name, then in asked.items():
        if name in options and context.get_parameter_source(name) is ParameterSource.DEFAULT:
            options[name] = then


def tell_changes(made: Made, model: Model) -> None:
    """Say on stderr whether the tables are still those that made the answer."""
    root, now = model.base.root, model.info
    if made.hash == now.hash:
        click.echo(f"the tables are those of the saved answer (hash {now.hash[:12]})", err=True)
        return
    click.echo("the tables have changed since the answer was saved:", err=True)
    for when, info in (("then:", made), ("now: ", now)):
        tables = f"{release_name(root, info.hash)}, hash {info.hash[:12]}"
        click.echo(f"  {when} {tables}, neurogamut {info.version}", err=True)
