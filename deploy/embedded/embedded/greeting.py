"""What is printed at start."""

from embedded.demo import Demo
from embedded.settings import EmbeddedSettings


def greeting(settings: EmbeddedSettings, demo: Demo | None) -> str:
    """Return the text; it names the demo's password and no other secret."""
    lines = ["", f"  Otklik            {settings.public_url}/"]
    if demo is not None:
        state = (
            f"connected: {demo.community_name}" if demo.active.is_set() else "connecting, see /health/ready"
        )
        lines += [
            f"  demo account      {demo.account.email} / {demo.account.password}",
            f"  VK emulator       {settings.emulator_url}/",
            f"  demo community    {state}",
        ]
    lines.append(f"  data              {settings.data_folder}")
    if demo is not None and settings.is_open_to_others:
        lines.append("  WARNING           others can reach this demo; set OTKLIK_DEMO=0 for real work")
    return "\n".join([*lines, "  Ctrl-C ends it.", ""])
