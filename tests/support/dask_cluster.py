"""A Dask cluster on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest


@contextmanager
def dask_cluster(**options: Any) -> Iterator[Any]:
    """With these options of LocalCluster, on ports of its own: where its usual one is taken, Dask
    leaves a socket open. That it takes long to close is no fault of ours."""
    distributed = pytest.importorskip("distributed", reason="needs the extra neurogamut[dask]")
    local = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": "127.0.0.1:0"}
    cluster = distributed.LocalCluster(**local, **options)
    try:
        yield cluster
    finally:
        with suppress(TimeoutError):
            cluster.close()
