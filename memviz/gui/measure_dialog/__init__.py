"""Measure Recall: how well the open memory recalls what questions need."""
