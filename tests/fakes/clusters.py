"""The PostgreSQL cluster that a test process starts when it first needs one.

Loaded for every test by ``tests/conftest.py``: a fixture that several rooms' ``conftest.py`` import is another one in
each, and so would the cluster be.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes import postgres


@pytest.fixture(scope="session")
def hospital_cluster() -> Iterator[postgres.Cluster]:
    """A private PostgreSQL cluster, the same for all tests of this process."""
    with postgres.cluster() as running:
        yield running
