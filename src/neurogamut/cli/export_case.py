"""A case as a Phenopacket."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ..cases.packet_writer import write_phenopacket
from ..model import Model
from .output import show_json, write_text
from .shared_options import NewFile, opens_model, takes_case


@click.command("export-case")
@takes_case
@click.option("--out", type=NewFile(), metavar="FILE", help="Write into a file instead.")
@opens_model
def export_case(case: dict[str, Any], model: Model, out: Path | None) -> None:
    """A case as a GA4GH Phenopacket (v2.0), for other programs and for ours.

    CASE is a JSON, YAML or TOML file, or - for standard input (JSON or YAML).
    """
    packet = write_phenopacket(model.base, case)
    if out is None:
        show_json(packet)
    else:
        write_text(out, json.dumps(packet, indent=2, ensure_ascii=False) + "\n")
        click.echo(f"wrote {out}", err=True)


commands = {"export-case": export_case}
