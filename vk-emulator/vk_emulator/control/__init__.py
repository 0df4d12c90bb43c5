"""The control API at /emulator/v1: playing users, administrators and VK's troubles."""
