"""Panels around the middle of the window."""
