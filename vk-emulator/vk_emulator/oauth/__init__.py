"""VK ID and the consent to communities: the pages people see and the calls applications make."""
