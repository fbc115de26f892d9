"""The embedder that ships: a vector for each piece of a word, learned from an encoder, and hashed runs of letters."""
