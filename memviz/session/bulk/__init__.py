"""Editing many entries as one change: what is chosen, what is done to it, a preview, duplicates, the way back."""
