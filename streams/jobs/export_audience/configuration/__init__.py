"""What decides what an export does, remembered: what a change of it means for existing members, and what is done."""
