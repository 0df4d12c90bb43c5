"""The root of the gateway's tables."""

from shared.runtime.tables import Table, service_metadata


class Base(Table):
    """Root of the gateway's tables."""

    __abstract__ = True
    metadata = service_metadata()
