"""The kind `track_messages`: what became of every message is told, as an outcome that only moves forward."""
