"""The metadata of a service's tables."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.orm import DeclarativeBase

from shared.database.columns import PortableJson, UtcDateTime
from shared.database.leases import lease_table
from shared.http.cuts import access_cut_table
from shared.messaging.tables import delivery_table, inbox_table, outbox_table

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SHARED_TABLES = (outbox_table, inbox_table, delivery_table, lease_table, access_cut_table)


def service_metadata() -> MetaData:
    """Make the metadata of one service, with the tables that every service has."""
    metadata = MetaData(naming_convention=NAMES)
    for table in SHARED_TABLES:
        table.to_metadata(metadata)
    return metadata


class Table(DeclarativeBase):
    """What the rows of every service have in common: the mapping of Python types to columns.

    A service declares its own root: `class Base(Table): __abstract__ = True; metadata = service_metadata()`.
    """

    __abstract__ = True
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
        str: Text(),
        bytes: LargeBinary(),
        int: BigInteger(),
        dict[str, Any]: PortableJson,
        list[Any]: PortableJson,
    }
