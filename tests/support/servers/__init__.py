"""Private servers on the loopback address for the time of one test session."""

from tests.support.servers.nginx import NginxServer
from tests.support.servers.packages import ServerUnavailable
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.rabbitmq import RabbitServer

__all__ = ["NginxServer", "PostgresServer", "RabbitServer", "ServerUnavailable"]
