"""The room of fetch."""
