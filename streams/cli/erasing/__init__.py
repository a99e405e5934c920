"""What `erase` does: it finds a person in all that is ours, and at Infobip, lets go of them, and says what is left."""
