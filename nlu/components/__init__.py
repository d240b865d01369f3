"""Rasa pipeline components for Vietnamese."""
