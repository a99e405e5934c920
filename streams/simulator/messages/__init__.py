"""Messaging: what each channel's requests must look like, and how they are answered."""
