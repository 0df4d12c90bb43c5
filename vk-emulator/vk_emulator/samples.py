"""One realistic attachment of every type a message can have (reference: objects/attachments-message)."""

from collections.abc import Callable

from vk_emulator import attachments
from vk_emulator.clock import Clock
from vk_emulator.media_doors import SAMPLE, SAMPLE_SECONDS
from vk_emulator.message_views import ORIGIN_MARK
from vk_emulator.model import Json
from vk_emulator.sample_files import pdf

DAY = 86400


class Samples:
    """Draws ids and keys; `owner_id` is the user who sends, `community_id` whose things are shown."""

    def __init__(self, clock: Clock, owner_id: int, community_id: int) -> None:
        self._clock = clock
        self._owner_id = owner_id
        self._community_id = community_id
        self._builders: dict[str, Callable[[], Json]] = {
            "photo": self._photo, "doc": self._doc, "audio_message": self._audio_message,
            "sticker": self._sticker, "video": self._video, "link": self._link, "wall": self._wall,
            "market": self._market, "graffiti": self._graffiti, "gift": self._gift, "poll": self._poll,
            "story": self._story, "call": self._call, "audio": self._audio, "wall_reply": self._wall_reply,
            "unknown": self._unknown,
        }  # fmt: skip

    @property
    def names(self) -> list[str]:
        """What `build` understands."""
        return list(self._builders)

    def build(self, name: str) -> Json:
        """An attachment of a type. Raises KeyError for one that is not in `names`."""
        body = self._builders[name]()
        kind = "hologram" if name == "unknown" else name
        return {"type": kind, kind: body}

    def _id(self) -> int:
        return self._clock.random.randint(456_239_018, 456_999_999)

    def _key(self) -> str:
        return self._clock.hexadecimal(18)

    def _picture(self, width: int, height: int) -> str:
        hue = self._clock.random.randint(0, 200)
        return f"{ORIGIN_MARK}/impg/{SAMPLE}/x.png?size={width}x{height}&hue={hue}"

    def _photo(self) -> Json:
        return attachments.photo(
            self._id(), self._owner_id, token=SAMPLE, kind="png", size=(1600, 1200), access_key=self._key(),
            date=self._clock.unix(),
        )  # fmt: skip

    def _doc(self) -> Json:
        return attachments.doc(
            self._id(), self._owner_id, token=SAMPLE, title="накладная.pdf", size=len(pdf()),
            access_key=self._key(), date=self._clock.unix(),
        )  # fmt: skip

    def _audio_message(self) -> Json:
        return attachments.audio_message(
            self._id(), self._owner_id, token=SAMPLE, seconds=SAMPLE_SECONDS, access_key=self._key(),
            transcript="подскажите когда доставка",
        )  # fmt: skip

    def _sticker(self) -> Json:
        sizes = [(side, self._picture(side, side)) for side in (64, 128, 256, 352, 512)]
        images = [{"url": url, "width": side, "height": side} for side, url in sizes]
        return {
            "inner_type": "base_sticker_new",
            "sticker_id": 9021,
            "product_id": 279,
            "is_allowed": True,
            "images": images,
            "images_with_background": images,
        }

    def _video(self) -> Json:
        sizes = [(320, 240), (800, 450), (1280, 720)]
        return {
            "id": self._id(),
            "owner_id": self._owner_id,
            "title": "Распаковка",
            "description": "",
            "duration": 14,
            "date": self._clock.unix(),
            "access_key": self._key(),
            "can_add": 1,
            "type": "video",
            "image": [
                {"url": self._picture(width, height), "width": width, "height": height, "with_padding": 1}
                for width, height in sizes
            ],
        }

    def _link(self) -> Json:
        return {
            "url": "https://paper-crane.example/item/9",
            "title": "Набор «Журавль»",
            "caption": "paper-crane.example",
            "description": "",
            "is_favorite": False,
            "photo": self._photo(),
        }

    def _wall(self) -> Json:
        return {
            "id": 310,
            "from_id": -self._community_id,
            "to_id": -self._community_id,
            "date": self._clock.unix() - 2 * DAY,
            "post_type": "post",
            "text": "Новая коллекция",
            "attachments": [{"type": "photo", "photo": self._photo()}],
        }

    def _market(self) -> Json:
        return {
            "id": 7701,
            "owner_id": -self._community_id,
            "title": "Набор «Журавль»",
            "description": "Бумага, 20 листов",
            "price": {
                "amount": "149000",
                "currency": {"id": 643, "name": "RUB", "title": "₽"},
                "text": "1 490 ₽",
            },
            "category": {"id": 1, "name": "Хобби"},
            "availability": 0,
            "thumb_photo": self._picture(400, 400),
        }

    def _graffiti(self) -> Json:
        return attachments.graffiti(
            self._id(), self._owner_id, token=SAMPLE, size=(600, 400), access_key=self._key()
        )

    def _gift(self) -> Json:
        return {"id": 1188, **{f"thumb_{side}": self._picture(side, side) for side in (48, 96, 256)}}

    def _poll(self) -> Json:
        flags = {"multiple": False, "anonymous": False, "closed": False, "is_board": False, "can_edit": False}
        rights = {"can_vote": True, "can_report": True, "can_share": True, "disable_unvote": False}
        return {
            "id": 4501,
            "owner_id": self._owner_id,
            "question": "Какой цвет?",
            "created": self._clock.unix(),
            "votes": 3,
            "end_date": 0,
            **flags,
            **rights,
            "answers": [
                {"id": 1, "text": "Синий", "votes": 2, "rate": 66.67},
                {"id": 2, "text": "Белый", "votes": 1, "rate": 33.33},
            ],
        }

    def _story(self) -> Json:
        now = self._clock.unix()
        return {
            "id": self._id(),
            "owner_id": -self._community_id,
            "date": now,
            "expires_at": now + DAY,
            "access_key": self._key(),
            "can_see": 1,
            "type": "photo",
            "photo": self._photo(),
        }

    def _call(self) -> Json:
        return {
            "initiator_id": self._owner_id,
            "receiver_id": -self._community_id,
            "state": "canceled_by_receiver",
            "time": self._clock.unix(),
            "duration": 0,
            "video": False,
        }

    def _audio(self) -> Json:
        return {
            "id": self._id(),
            "owner_id": -2001,
            "artist": "Ансамбль",
            "title": "Вальс",
            "duration": 181,
            "url": "",
            "date": self._clock.unix() - 90 * DAY,
        }

    def _wall_reply(self) -> Json:
        return {
            "id": 12,
            "from_id": self._owner_id,
            "post_id": 310,
            "owner_id": -self._community_id,
            "date": self._clock.unix(),
            "text": "Беру!",
        }

    def _unknown(self) -> Json:
        return {"id": 1, "owner_id": self._owner_id}
