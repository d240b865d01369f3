"""Everything stored: models, sessions and the few operations that must be atomic."""

from core.storage import case_models, inbox_models, models, staff_models, training_models

# every table is known before the first query, whoever asks it
__all__ = ["case_models", "inbox_models", "models", "staff_models", "training_models"]
