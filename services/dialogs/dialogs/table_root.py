"""The root of the tables of dialogs."""

from shared.runtime.tables import Table, service_metadata


class Base(Table):
    """Root of the tables of dialogs."""

    __abstract__ = True
    metadata = service_metadata()
