"""Fixtures for every floor."""

from __future__ import annotations

import pytest

from emulator_fixture import emulator_endpoint
from node_tests import pytest_collect_file

__all__ = ["emulator_endpoint", "pytest_collect_file"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one xdist_group run in one worker: pytest-xdist 3.8 writes the group into `_nodeid`, which pytest 9.2
    reads no more, so that each worker would start servers and deploy for itself."""
    for item in items:
        grouped = vars(item).get("_nodeid")
        if grouped is not None and grouped != item.nodeid and hasattr(item, "_id"):
            from _pytest.nodeid import coerce_node_id

            item._id = coerce_node_id(grouped)
