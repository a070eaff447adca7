"""The room of workers."""
