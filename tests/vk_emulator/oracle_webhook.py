"""Runs in an environment of its own: another independent VK library sets its callback server up by itself.

Arguments: the emulator's address, a community key, the community's id, a user's id. Prints one JSON object.
"""

import asyncio
import json
import sys
from typing import Any

from aiohttp import ClientSession, web  # type: ignore[import-not-found]  # lives in another environment
from vkbottle import API  # type: ignore[import-not-found]  # lives in another environment
from vkbottle.bot import Bot, Message  # type: ignore[import-not-found]  # lives in another environment
from vkbottle.callback import BotCallback  # type: ignore[import-not-found]  # lives in another environment


class Receiver:
    """A callback server as the library's documentation has it."""

    def __init__(self) -> None:
        self.bot: Any = None
        self.confirmation = ""
        self.secrets: list[str] = []

    async def receive(self, request: web.Request) -> web.Response:
        event = await request.json()
        if event["type"] == "confirmation":
            return web.Response(text=self.confirmation)
        self.secrets.append(event["secret"])
        asyncio.get_running_loop().create_task(self.bot.process_event(event))
        return web.Response(text="ok")


async def set_up(receiver: Receiver) -> str:
    """The library's own way; VK asks for the code while it runs, so the receiver learns it before."""
    receiver.confirmation = await receiver.bot.callback.get_callback_confirmation_code()
    code, secret = await receiver.bot.setup_webhook()
    assert code == receiver.confirmation
    return str(secret)


async def main() -> None:
    address, key, community_id, user_id = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    API.API_URL = f"{address}/method/"
    receiver, answered = Receiver(), asyncio.Event()
    application = web.Application()
    application.router.add_post("/hook", receiver.receive)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    bot = Bot(token=key, callback=BotCallback(url=f"http://127.0.0.1:{port}/hook", title="Library"))
    receiver.bot = bot
    await bot.callback.setup_group_id()

    @bot.on.message()  # type: ignore[untyped-decorator]  # lives in another environment
    async def answer(message: Message) -> None:
        await message.answer(f"Вы написали: {message.text}")
        answered.set()

    secret = await set_up(receiver)
    # The second time it finds its entry and edits it, which VK confirms again.
    again = await set_up(receiver)
    servers = await bot.callback.get_callback_servers()
    async with ClientSession() as session:
        path = f"{address}/emulator/v1/communities/{community_id}/users/{user_id}/messages"
        async with session.post(path, json={"text": "Вы открыты?"}) as written:
            assert written.status == 201
        await asyncio.wait_for(answered.wait(), 15)
        async with session.get(path) as ledger:
            texts = [message["text"] for message in (await ledger.json())["items"]]
    settings = await bot.callback.get_callback_settings(servers[0]["id"])
    await bot.callback.delete_callback_server(servers[0]["id"])
    result = {
        "servers": [[server["title"], server["status"]] for server in servers],
        "one_secret": receiver.secrets == [secret] == [again],
        "flags": [flag for flag, value in settings.items() if value],
        "texts": texts,
        "left": await bot.callback.get_callback_servers(),
    }
    print(json.dumps(result))
    await bot.api.http_client.close()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
