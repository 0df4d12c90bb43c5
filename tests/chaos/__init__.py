"""The kill test: load, `kill -9` at random moments, and a checker that trusts nobody."""
