"""Shared ground of the product: guides, search, privacy, conversation, storage. Importing it does nothing."""
