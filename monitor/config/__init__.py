"""The room of config."""
