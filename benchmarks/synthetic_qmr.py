"""A synthetic network of the size of QMR-DT: 570 diseases, 4,000 findings, about 45,000 links.

The real one is not public. As in Shwe et al. (1991) links fall into five frequency classes and
every finding has a leak; a few findings are shared by hundreds of diseases and most by a few.

    python -m benchmarks.synthetic_qmr FOLDER --seed 1

writes links.csv, priors.csv and leaks.csv, which `NoisyOr.from_table` reads back.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from neurogamut.inference.noisy_or.noisy_or import NoisyOr

DISEASES, FINDINGS, LINKS = 570, 4000, 45_000
#: P(finding | disease) of QMR's frequencies 1 to 5, and how often each is used.
FREQUENCIES = (0.025, 0.2, 0.5, 0.8, 0.985)
FREQUENCY_SHARES = (0.25, 0.35, 0.25, 0.1, 0.05)


def synthetic_qmr(seed: int) -> NoisyOr:
    """The network; the same seed gives the same one."""
    rng = np.random.default_rng(seed)
    linked = rng.random((DISEASES, FINDINGS)) < _popularity(rng)
    frequency = rng.choice(FREQUENCIES, p=FREQUENCY_SHARES, size=linked.shape)
    return NoisyOr.binary(
        [f"disease_{i}" for i in range(DISEASES)],
        [f"finding_{i}" for i in range(FINDINGS)],
        prior=np.exp(rng.uniform(np.log(1e-4), np.log(2e-2), DISEASES)),
        link=np.where(linked, frequency, 0.0),
        leak=np.exp(rng.uniform(np.log(1e-4), np.log(1e-2), FINDINGS)),
    )


def _popularity(rng: np.random.Generator) -> np.ndarray:
    """The share of diseases that each finding is linked to, log-normal, half at most."""
    share = rng.lognormal(sigma=1.5, size=FINDINGS)
    for _ in range(20):
        share = np.minimum(share * LINKS / (share.sum() * DISEASES), 0.5)
    return share


def patient(
    network: NoisyOr, rng: np.random.Generator, positive: int, negative: int, diseases: int = 3
) -> dict[str, str]:
    """Findings of someone with this many random diseases: so many present, so many absent."""
    present = rng.choice(len(network.diseases), diseases, replace=False)
    untriggered = (1 - network.leak) * (1 - network.link[present]).prod(axis=0)
    found = rng.random(len(network.leak)) > untriggered
    names = np.array([finding.name for finding in network.findings])
    return {
        **dict.fromkeys(rng.choice(names[found], positive, replace=False).tolist(), "present"),
        **dict.fromkeys(rng.choice(names[~found], negative, replace=False).tolist(), "absent"),
    }


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", type=int, default=1, show_default=True)
def main(folder: Path, seed: int) -> None:
    """Write the network's three tables into FOLDER."""
    import pandas as pd

    network = synthetic_qmr(seed)
    findings = [finding.name for finding in network.findings]
    folder.mkdir(parents=True, exist_ok=True)
    rows, columns = network.link.nonzero()
    links = {
        "disease": np.array(network.diseases)[rows],
        "finding": np.array(findings)[columns],
        "link": network.link[rows, columns],
    }
    tables = {
        "links": links,
        "priors": {"disease": network.diseases, "prior": network.prior},
        "leaks": {"finding": findings, "leak": network.leak},
    }
    for name, table in tables.items():
        pd.DataFrame(table).to_csv(folder / f"{name}.csv", index=False)


if __name__ == "__main__":
    main()
