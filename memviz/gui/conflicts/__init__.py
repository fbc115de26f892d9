"""Entries that contradict each other: found, shown side by side, settled; and what each policy would answer."""
