"""Choosing a model: what is at hand, what each one is and needs, and how it is to be loaded."""
