"""VK's API at /method/<name>."""
