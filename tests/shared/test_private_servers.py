"""The private servers themselves: they start, keep their data through a kill, and leave nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import aio_pika
import asyncpg
import pytest

from tests.support.process import Process, ProcessFailed
from tests.support.servers import NginxServer, PostgresServer, RabbitServer
from tests.support.waiting import ConditionNotMet, accepts_connections, free_port, wait_until


def as_asyncpg(url: str) -> str:
    return url.replace("postgresql+asyncpg://", "postgresql://")


async def test_postgresql_keeps_committed_rows_through_a_kill(
    durable_postgres_server: PostgresServer,
) -> None:
    server = durable_postgres_server
    if not server.can_be_killed:
        pytest.skip("the PostgreSQL of this run was given by address and is not ours to kill")
    url = as_asyncpg(server.create_database("kill_probe", owner_role="kill_probe_owner"))
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE note (text text)")
    await connection.execute("INSERT INTO note VALUES ('kept')")

    await asyncio.to_thread(server.kill)
    assert not server.is_alive()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.fetchval("SELECT 1")
    await asyncio.to_thread(server.start)

    again = await asyncpg.connect(url)
    assert await again.fetchval("SELECT text FROM note") == "kept"
    await again.close()
    server.drop_database("kill_probe")


async def test_a_postgresql_database_is_fresh_and_takes_cyrillic(postgres_database: str) -> None:
    connection = await asyncpg.connect(as_asyncpg(postgres_database))
    assert (
        await connection.fetchval("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        == 0
    )
    assert await connection.fetchval("SELECT lower('ОТКЛИК')") == "отклик"
    assert int(await connection.fetchval("SHOW max_connections")) >= 300
    await connection.close()


async def test_rabbitmq_keeps_confirmed_messages_through_a_kill(rabbit_server: RabbitServer) -> None:
    if not rabbit_server.can_be_killed:
        pytest.skip("the RabbitMQ of this run was given by address and is not ours to kill")
    url = rabbit_server.create_vhost("kill-probe")
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    queue = await channel.declare_queue("notes", durable=True, arguments={"x-queue-type": "quorum"})
    message = aio_pika.Message(b"kept", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
    await channel.default_exchange.publish(message, routing_key=queue.name)
    await connection.close()

    await asyncio.to_thread(rabbit_server.kill)
    assert not accepts_connections(rabbit_server.port)
    await asyncio.to_thread(rabbit_server.start)

    async with await aio_pika.connect(url) as again:
        kept = await (await again.channel()).get_queue("notes")
        received = await wait_until(lambda: kept.get(no_ack=True, fail=False), describe="the message")
        assert received.body == b"kept"
    rabbit_server.delete_vhost("kill-probe")


async def test_a_rabbitmq_vhost_is_fresh(rabbit_vhost: str) -> None:
    async with await aio_pika.connect(rabbit_vhost) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("", exclusive=True)
        await channel.default_exchange.publish(aio_pika.Message(b"hello"), routing_key=queue.name)
        received = await wait_until(lambda: queue.get(no_ack=True, fail=False), describe="the message")
        assert received.body == b"hello"


def test_nginx_serves_a_given_configuration(tmp_path: Path) -> None:
    port = free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(
        "pid nginx.pid;\nevents {}\nhttp { access_log off; "
        f"server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }} }}\n",
        "ascii",
    )
    server = NginxServer(config, prefix=tmp_path, port=port)
    server.check()
    server.start()
    assert server.is_alive()
    server.stop()
    assert not accepts_connections(port)


def test_a_program_that_ends_too_early_shows_its_last_words() -> None:
    program = Process([sys.executable, "-c", "print('no such setting'); raise SystemExit(3)"], name="hasty")
    program.start()
    with pytest.raises(ProcessFailed, match="no such setting"):
        program.wait_ready(lambda: False)
    assert program.returncode == 3


async def test_what_a_killed_session_started_ends_with_it(tmp_path: Path) -> None:
    script = (
        "import os, sys, time\n"
        "from tests.support.process import Process\n"
        "orphan = Process([sys.executable, '-c', 'import time; time.sleep(600)'], name='orphan').start()\n"
        "print(orphan.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    session = Process([sys.executable, "-c", script], name="session", log_path=tmp_path / "log")
    session.start()
    orphan = int(await wait_until(session.log, describe="the number of the orphan"))
    os.kill(session.pid, signal.SIGKILL)
    session.wait(timeout_seconds=10)

    def ended() -> bool:
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(orphan)], capture_output=True, text=True, check=False
        )
        return state.stdout.strip()[:1] in {"", "Z"}

    await wait_until(ended, describe="the end of the orphan")


async def test_waiting_in_vain_says_for_what() -> None:
    with pytest.raises(ConditionNotMet, match="the moon not met in 0"):
        await wait_until(lambda: 0, 0.05, "the moon")


def test_ports_are_given_once() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
