"""A whole running Otklik for tests: its two shapes, and people, websites and VK around it."""

from tests.support.suite.clients import Suite

__all__ = ["Suite"]
