"""Fixtures for every floor."""

from emulator_fixture import emulator_endpoint

__all__ = ["emulator_endpoint"]
