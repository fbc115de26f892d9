"""Forgetting in the window: what will go, said first, and the receipt at the end."""
