"""Use cases that know neither a platform nor Rasa."""
