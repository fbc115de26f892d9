"""Training a memory network from the window: the command ``memviz train`` in a process of its own, and its curves."""
