"""Everything stored: models, sessions and the few operations that must be atomic."""
