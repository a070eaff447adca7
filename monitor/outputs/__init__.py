"""The room of outputs."""
