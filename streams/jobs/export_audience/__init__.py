"""The kind `export_audience`: who enters becomes a tagged person, who exits loses the tag."""
