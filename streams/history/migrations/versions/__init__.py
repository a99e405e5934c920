"""One module for each version; a step that was released is never changed."""
