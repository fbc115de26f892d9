"""Dialogs that change many entries at once."""
