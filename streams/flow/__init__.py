"""Quiet steps between a record and a call: decode, fold, settle. No I/O, no clock."""
