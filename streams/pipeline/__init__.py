"""Quiet steps between a record and a call: decode, window, batches, settle. No I/O, no clock."""
