"""The Callback API: events, servers and the sender with VK's retry rules."""
