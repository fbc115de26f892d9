"""The chat view: a conversation, its short-term buffer, and what is remembered of it."""
