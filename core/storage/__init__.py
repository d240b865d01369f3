"""Everything stored: models, sessions and the few operations that must be atomic."""

from core.storage import case_models, inbox_models, models, release_models, staff_models, training_models

__all__ = [  # every table is known before the first query, whoever asks it
    "case_models",
    "inbox_models",
    "models",
    "release_models",
    "staff_models",
    "training_models",
]
