"""Tests of the imported national catalogue."""
