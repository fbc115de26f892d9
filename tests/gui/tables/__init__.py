"""Tests of the table of entries and of the inspector."""
