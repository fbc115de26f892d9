"""The table of entries: which rows, what they say, how they are painted and edited."""
