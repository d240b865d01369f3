"""Platforms that answer as the real ones are documented to; each can be started from the command line."""
