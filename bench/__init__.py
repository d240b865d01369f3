"""Measurements; docs/benchmarks.md says what each figure means and how to repeat it."""
