"""Is a memory file whole, and what can be done where it is not.

``report`` runs every check on one view of the file and streams, so that a million entries need no memory of their own;
``repair`` mends what follows from what is sound, after a copy of the file; ``rescue`` saves what can still be read.
"""
