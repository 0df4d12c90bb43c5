"""The test suite of Otklik."""
