"""Rasa custom actions: thin, over core.dialogue. Kept flat, because rasa_sdk's package walk cannot nest."""
