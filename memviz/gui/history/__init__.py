"""The history of the whole memory: its changes, what each did, and the way back."""
