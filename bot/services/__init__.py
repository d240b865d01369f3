"""What people do with the product, free of web, chat and Rasa libraries: pages and channels call it."""
