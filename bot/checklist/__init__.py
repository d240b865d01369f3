"""The printable sheet of a guide, as a page and as PDF. The font in vendor/ is Be Vietnam Pro (SIL Open Font License)."""
