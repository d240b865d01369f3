"""One module for each page: reads the request, calls storage and services, shows a template."""
