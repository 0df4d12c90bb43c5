"""Administrators connect communities through VK or by a key, and what may stand in the way (M2 to M6)."""

from playwright.async_api import Page, expect

from tests.cabinet.desk import PHONE, Desk


async def begin_through_vk(desk: Desk, person_id: int, decision: str = "allow") -> Page:
    """Press "continue through VK" and answer VK's first page."""
    page = await desk.open("integrations/new")
    await page.get_by_role("button", name="Продолжить через ВКонтакте").click()
    await page.locator(f"button[name=person][value='{person_id}']").click()
    await page.locator(f"button[name=decision][value={decision}]").last.click()
    return page


async def test_several_communities_are_connected_through_vks_page(desk: Desk) -> None:
    vk = desk.suite.vk
    await vk.call("POST", "/app", {"token_shape": "groups", "groups_scope": "granted"})
    bakery, cafe = await vk.new_community("Пекарня «Рожь»"), await vk.new_community("Кафе «Север»")
    club = await vk.new_community("Клуб редакторов")
    await vk.change(cafe, f"admins/{bakery.admin_id}/level", {"level": 3})
    await vk.change(club, f"admins/{bakery.admin_id}/level", {"level": 2})

    page = await begin_through_vk(desk, bakery.admin_id)
    await expect(page.get_by_role("heading", name="Выберите сообщества")).to_be_visible()
    # Of those where one is less than an administrator VK tells nothing (M3).
    await expect(page.get_by_role("checkbox")).to_have_count(2)
    await desk.axe()
    await page.get_by_role("checkbox", name="Пекарня «Рожь»").check()
    await page.get_by_role("checkbox", name="Кафе «Север»").check()
    await page.get_by_role("button", name="Продолжить с 2 сообществами").click()
    await page.locator("button[name=decision][value=allow]").last.click()
    await expect(page.get_by_role("heading", name="Проверьте и сохраните")).to_be_visible()
    await expect(page.get_by_text("Права ключа: в порядке")).to_have_count(2)
    await desk.axe()
    await page.get_by_role("radio", name="Не загружать").check()
    await page.get_by_role("button", name="Сохранить").click()

    await expect(page.get_by_role("heading", name="Интеграции", level=1)).to_be_visible()
    for name in (desk.community.name, bakery.name, cafe.name):
        row = page.get_by_role("article", name=name, exact=True)
        await expect(row.get_by_text("Работает")).to_be_visible()
    await desk.axe()


async def test_who_refuses_at_vk_is_told_that_nothing_changed_and_may_begin_again(desk: Desk) -> None:
    await desk.suite.vk.call("POST", "/app", {"groups_scope": "granted"})
    community = await desk.suite.vk.new_community()
    await desk.speak("en")

    page = await desk.open("integrations/new")
    await page.get_by_role("button", name="Continue through VK").click()
    await page.locator(f"button[name=person][value='{community.admin_id}']").click()
    await page.locator("button[name=decision][value=cancel]").last.click()

    await expect(page.get_by_role("alert")).to_contain_text("Access was not granted; nothing changed")
    await page.get_by_role("button", name="Begin again").click()
    await expect(page.get_by_role("button", name="Continue through VK")).to_be_visible()


async def test_a_pasted_key_is_checked_messages_are_switched_on_and_a_taken_community_says_so(
    desk: Desk,
) -> None:
    vk = desk.suite.vk
    quiet = await vk.new_community("Тихая студия", messages_enabled=False)
    elsewhere = await desk.suite.new_project("Другой проект")
    taken = await vk.new_community("Занятое сообщество")
    await elsewhere.connect_by_key(taken)
    await desk.page.set_viewport_size(PHONE)

    page = await desk.open("integrations/new")
    await page.get_by_role("textbox", name="Ключ доступа сообщества").fill("vk1.a.not-a-key-at-all")
    await page.get_by_role("button", name="Подключить ключом").click()
    await expect(page.get_by_role("alert")).to_contain_text("ВКонтакте не принял этот ключ")
    await page.get_by_role("textbox", name="Ключ доступа сообщества").fill(quiet.key)
    await page.get_by_role("button", name="Подключить ключом").click()
    await expect(page.get_by_text("Сообщения включены: неизвестно")).to_be_visible()
    await page.get_by_role("button", name="Включить сообщения").click()
    await expect(page.get_by_text("Сообщения включены: в порядке")).to_be_visible()
    await page.get_by_role("button", name="Сохранить").click()
    row = page.get_by_role("article", name=quiet.name)
    await expect(row.get_by_text("Работает")).to_be_visible()

    await page.goto(f"{desk.suite.url}/projects/{desk.project.id}/integrations/new")
    await page.get_by_role("textbox", name="Ключ доступа сообщества").fill(taken.key)
    await page.get_by_role("button", name="Подключить ключом").click()
    # The list of checks moves what stands below it.
    await expect(page.get_by_text("Права ключа: в порядке")).to_be_visible()
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.get_by_role("alert")).to_contain_text("уже подключено к другому проекту")


async def test_trouble_is_told_with_cause_and_cure_and_deleting_names_the_widgets_it_leaves(
    desk: Desk,
) -> None:
    integration = (await desk.operator.get("/api/v1/integrations", project_id=desk.project.id))["items"][0]
    document = {"project_id": desk.project.id, "name": "Виджет магазина"}
    widget = await desk.operator.post("/api/v1/widgets", document)
    await desk.operator.put(f"/api/v1/widgets/{widget['id']}/channels/{integration['id']}")

    page = await desk.open(f"integrations/{integration['id']}")
    await expect(page.get_by_role("status").get_by_text("Работает")).to_be_visible()
    await desk.suite.vk.change(desk.community, "delete")
    await page.get_by_role("button", name="Проверить сейчас").click()

    await expect(page.get_by_role("alert").get_by_text("сообщество удалено")).to_be_visible()
    await expect(page.get_by_text("Восстановите сообщество во ВКонтакте").first).to_be_visible()
    await desk.axe()
    await page.get_by_role("button", name="Удалить интеграцию").click()
    question = page.get_by_role("dialog")
    await expect(question).to_contain_text("Виджет магазина")
    await desk.axe()
    await question.get_by_role("button", name="Удалить").click()
    await expect(page.get_by_text("Пока не подключено ни одного сообщества")).to_be_visible()
    await expect(page.get_by_text("Переписка осталась в архиве")).to_be_visible()
