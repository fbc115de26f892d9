"""The dialog in which one fact of a model's weights is edited."""
