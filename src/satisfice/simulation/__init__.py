"""The human experiment, played in silico."""
