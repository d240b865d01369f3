"""The running product: wiring, Rasa in this process, turns, channels, command line."""
