"""Infobip's own words, only what is read or written."""
