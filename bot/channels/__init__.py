"""One module per platform; each translates between its platform and core.messages, and nothing else."""
