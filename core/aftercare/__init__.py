"""What surrounds the answers: resume codes, feedback, asking whether it is done, notices. docs/follow-up.md tells the rules."""
