"""The vectors of a memory as an index that can be searched."""
