"""How a memory is recalled: ranking, decay, and what will be forgotten."""
