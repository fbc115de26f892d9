"""Memories that last. Only this room and ``recall`` speak SQL."""
