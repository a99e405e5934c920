"""The kind `send_message`: who enters gets a message, who exits gets none."""
