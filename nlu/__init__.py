"""Vietnamese understanding on Rasa: pipeline components, training and the import guard that keeps Rasa slim."""
