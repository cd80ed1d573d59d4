"""Draws comic covers and pages with Pillow alone; the same arguments draw the same picture."""
