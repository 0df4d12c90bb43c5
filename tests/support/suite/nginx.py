"""The shipped nginx configuration, filled in for the loopback address."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.support.waiting import free_port

TEMPLATE = Path(__file__).parents[3] / "deploy" / "nginx" / "nginx.conf.template"
CABINET = Path(__file__).parents[3] / "web" / "cabinet" / "dist"

# Of a network for examples (RFC 5737): nobody.
NOBODY = "192.0.2.1/32"


def write_nginx_config(
    folder: Path, *, port: int, upstreams: Mapping[str, int], trusted_proxy: str = NOBODY
) -> Path:
    """Fill the template as the nginx image does; give the file. Upstreams are ports by service."""
    values = {
        "NGINX_LISTEN": f"127.0.0.1:{port}",
        # Not a socket file: a killed nginx leaves it behind, and then cannot start again.
        "NGINX_HEALTH_LISTEN": f"127.0.0.1:{free_port()}",
        "NGINX_RESOLVER": "127.0.0.1",
        "NGINX_TEMPORARY": str(folder),
        "NGINX_SIGN_INS": "100r/s",
        "NGINX_CABINET": str(CABINET),
        "NGINX_DEMO": "null",
        "NGINX_TRUSTED_PROXY": trusted_proxy,
    }
    for service, upstream_port in upstreams.items():
        values[f"{service.replace('-', '_').upper()}_UPSTREAM"] = f"127.0.0.1:{upstream_port}"
    config = folder / "nginx.conf"
    config.write_text(re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], TEMPLATE.read_text("utf-8")))
    return config
