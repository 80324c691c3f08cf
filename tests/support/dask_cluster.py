"""A Dask cluster on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest


@contextmanager
def dask_cluster(**options: Any) -> Iterator[Any]:
    """With these options of LocalCluster. That Dask takes long to close it is no fault of ours."""
    distributed = pytest.importorskip("distributed", reason="needs the extra neurogamut[dask]")
    local = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": None}
    cluster = distributed.LocalCluster(**local, **options)
    try:
        yield cluster
    finally:
        with suppress(TimeoutError):
            cluster.close()
