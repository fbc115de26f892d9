"""What is to be remembered of a dialogue."""
