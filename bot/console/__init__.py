"""The console: pages for support staff, trainers and managers, below ``/canbo/``."""
