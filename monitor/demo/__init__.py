"""The demo room: a newsroom on loopback, with outlets, wire copies, corrections and walls."""
