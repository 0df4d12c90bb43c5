"""The language of `execute`: a parser and a machine that runs what it read."""
