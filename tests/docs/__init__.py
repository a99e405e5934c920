"""The pages of docs/: what of them is made from the code, and what is held against it."""
