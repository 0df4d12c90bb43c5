"""Benchmarks: every figure is a ratio within one interleaved run on one machine."""
