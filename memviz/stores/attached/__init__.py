"""Files of other programs, opened as memories that are only read. One file here for each program."""
