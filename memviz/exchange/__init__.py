"""Entries in the files of others: formats are read and written as streams, one record after the other."""
