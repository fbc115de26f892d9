"""Pieces of pictures that several views share."""
