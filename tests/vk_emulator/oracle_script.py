"""Runs in an environment of its own: an independent VK client library against the emulator.

Arguments: the emulator's address, a community key, the community's id, a user's id. Prints one JSON object.
"""

import json
import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import requests
import vk_api  # type: ignore[import-not-found]  # lives in another environment
from vk_api.bot_longpoll import (  # type: ignore[import-not-found]  # lives in another environment
    VkBotEventType,
    VkBotLongPoll,
    VkBotMessageEvent,
)
from vk_api.requests_pool import VkRequestsPool  # type: ignore[import-not-found]  # lives in another environment


class Redirected(requests.Session):
    """Sends what was meant for VK's API to the emulator."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.trust_env = False
        self.address = address

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        return super().request(method, url.replace("https://api.vk.ru", self.address), *args, **options)


def receive_by_callback(vk: Any, community_id: int, write: Any) -> Any:
    """Be a callback server as VK's documentation describes it; give the event of what `write` sends."""
    code = vk.groups.getCallbackConfirmationCode(group_id=community_id)["code"]
    received: queue.Queue[Any] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_confirmation = event["type"] == "confirmation"
            body = (code if is_confirmation else "ok").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if event["type"] == "message_new":
                received.put(event)

        def log_message(self, *_: Any) -> None:
            """Stay silent: the output is one JSON object."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server_id = vk.groups.addCallbackServer(
        group_id=community_id,
        url=f"http://127.0.0.1:{server.server_port}/",
        title="Oracle",
        secret_key="oracle",
    )["server_id"]
    vk.groups.setCallbackSettings(
        group_id=community_id, server_id=server_id, api_version="5.199", message_new=1
    )
    write()
    event = received.get(timeout=15)
    assert event["secret"] == "oracle"
    vk.groups.deleteCallbackServer(group_id=community_id, server_id=server_id)
    return VkBotMessageEvent(event)


def main() -> None:
    address, key, community_id, user_id = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    session = vk_api.VkApi(token=key, session=Redirected(address), api_version="5.199")
    vk = session.get_api()
    vk.groups.setLongPollSettings(group_id=community_id, enabled=1, api_version="5.199", message_new=1)
    long_poll = VkBotLongPoll(session, community_id, wait=10)
    # The user writes only now, so that the event has to come over the Long Poll.
    path = f"/emulator/v1/communities/{community_id}/users/{user_id}/messages"
    session.http.post(address + path, json={"text": "Здравствуйте!"})
    event = long_poll.check()[0]
    called_back = receive_by_callback(
        vk, community_id, lambda: session.http.post(address + path, json={"text": "И ещё: вы открыты?"})
    )
    sent = vk.messages.send(peer_id=user_id, message="Добрый день!", random_id=vk_api.utils.get_random_id())
    with VkRequestsPool(session) as pool:
        pooled = pool.method("messages.getHistory", {"peer_id": user_id})
        pool.method("utils.getServerTime")
    try:
        vk.messages.send(peer_id=5, message="Вы кто?", random_id=1)
    except vk_api.ApiError as error:
        refused = error.code
    print(
        json.dumps(
            {
                "received": event.message["text"] if event.type == VkBotEventType.MESSAGE_NEW else None,
                "from_user": event.from_user,
                "called_back": [called_back.message["text"], called_back.from_user],
                "sent": sent,
                "history": [item["text"] for item in vk.messages.getHistory(peer_id=user_id)["items"]],
                "pooled": pooled.result["count"],
                "community": vk.groups.getById()["groups"][0]["id"],
                "user": vk.users.get(user_ids=user_id)[0]["id"],
                "refused": refused,
            }
        )
    )


if __name__ == "__main__":
    main()
