"""Runs in an environment of its own: an independent VK client library against the emulator.

Arguments: the emulator's address, a community key, the community's id, a user's id. Prints one JSON object.
"""

import json
import sys
from typing import Any

import requests
import vk_api  # type: ignore[import-not-found]  # lives in another environment
from vk_api.bot_longpoll import (  # type: ignore[import-not-found]  # lives in another environment
    VkBotEventType,
    VkBotLongPoll,
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
