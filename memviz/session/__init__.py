"""The one door to memviz for every front end: no Qt, no torch until a model is loaded."""
