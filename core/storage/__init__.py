"""Everything stored: models, sessions and the few operations that must be atomic."""

from core.storage import models, staff_models

__all__ = ["models", "staff_models"]  # every table is known before the first query, whoever asks it
