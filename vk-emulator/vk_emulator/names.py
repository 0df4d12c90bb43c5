"""Plausible Russian people and communities, made on demand."""

from random import Random

from vk_emulator.model import Community, User

WOMEN = ("Марина", "Ольга", "Анна", "Вера", "Дарья", "Елена", "Ксения", "Надежда", "Полина", "Софья")
MEN = ("Пётр", "Иван", "Алексей", "Глеб", "Денис", "Егор", "Кирилл", "Матвей", "Роман", "Тимур")
SURNAMES = (
    "Лисицын", "Вежин", "Соколов", "Орехов", "Зимин", "Карпов", "Морозов", "Рябинин", "Тихонов", "Ярцев",
    "Беляев", "Громов", "Журавлёв", "Копылов", "Лаптев", "Мельников", "Носов", "Панин", "Сазонов", "Уваров",
)  # fmt: skip
CITIES = ("Москва", "Санкт-Петербург", "Казань", "Екатеринбург", "Новосибирск", "Пермь", "Самара", "Тула")

SEEDED_USERS = (
    User(73125540, "Марина", "Лисицына", 1, "m.lisitsyna", "Санкт-Петербург"),
    User(64400871, "Глеб", "Орехов", 2, "gleb_orekhov", "Казань"),
    User(58210394, "Софья", "Рябинина", 1, "sonya.ryabinina", "Москва"),
    User(91733028, "Тимур", "Зимин", 2, "id91733028", "Екатеринбург"),
    User(90412, "Пётр", "Вежин", 2, "vezhin", "Санкт-Петербург"),
    User(118827, "Вера", "Мельникова", 1, "vera_melnikova", "Мурманск"),
    User(204415, "Денис", "Громов", 2, "dgromov", "Тула"),
)

SEEDED_COMMUNITIES = (
    Community(218450917, "Бумажный журавль", "paper_crane", 90412, ""),
    Community(224906318, "Кофейня «Северный ветер»", "severny_veter", 118827, "", officers={"90412": 3}),
    Community(231175204, "Велосервис «Цепь»", "velo_tsep", 204415, "", officers={"90412": 3, "118827": 2}),
)


def invented_user(user_id: int) -> User:
    """The person with this id; the same id always gives the same person."""
    random = Random(user_id)
    woman = random.random() < 0.5
    surname = random.choice(SURNAMES) + ("а" if woman else "")
    return User(
        id=user_id,
        first_name=random.choice(WOMEN if woman else MEN),
        last_name=surname,
        sex=1 if woman else 2,
        screen_name=f"id{user_id}",
        city=random.choice(CITIES),
    )
