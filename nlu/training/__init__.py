"""Making and judging models."""
