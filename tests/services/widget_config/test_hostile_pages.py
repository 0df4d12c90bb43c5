"""Pages and texts that want to misuse a widget, and sites that it is not for."""

from typing import Any

from playwright.async_api import expect

from tests.services.widget_config.opened import Community
from tests.services.widget_config.site import SHOP, Site
from tests.support.serving import serving

# What breaks out of elements, attributes, scripts, styles and addresses, as far as sixty characters go.
PAYLOADS = [
    "<script>pwned=1</script>",
    "<img src=x onerror=pwned=1>",
    "<svg onload=pwned=1>",
    '"><svg/onload=pwned=1>',
    "'><img src=x onerror=pwned=1>",
    "</h2><script>pwned=1</script>",
    "</style><script>pwned=1</script>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<a href=javascript:pwned=1>x</a>",
    "javascript:pwned=1",
    "data:text/html,<script>pwned=1</script>",
    '" onfocus=pwned=1 autofocus="',
    "' onmouseover='pwned=1",
    "{{constructor.constructor('pwned=1')()}}",
    "${pwned=1}",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=pwned=1>"[:60],
    "<details open ontoggle=pwned=1>",
    "<x onclick=pwned=1 style=position:fixed;inset:0>",
    "&lt;script&gt;pwned=1&lt;/script&gt;",
    "<!--><img src=x onerror=pwned=1>-->",
    "<template><script>pwned=1</script></template>",
    "}*{display:none}:host{",
    "url(javascript:pwned=1)",
    "\u202e<b>текст</b>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil>",
    "<link rel=stylesheet href=//evil.example>",
    "<object data=//evil.example>",
    "__proto__",
    "<form action=//evil.example><button>x",
]


# Opens every widget of the page and tells of each what it shows and is made of.
LOOK = """() => [...document.querySelectorAll('otklik-widget')].map(host => {
    const inside = host.shadowRoot, all = (what) => [...inside.querySelectorAll(what)];
    inside.querySelector('.launcher').click();
    inside.querySelector('a').dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
    const texts = ['h2', 'p', '.label', '.name'].map(what => inside.querySelector(what).textContent);
    return [texts, inside.querySelector('a').title, all('*').map(one => one.localName).sort().join()];
})"""


async def test_text_stays_text_in_every_place_that_has_one(site: Site) -> None:
    scripts = []
    for number, payload in enumerate(PAYLOADS, start=100):
        both = {"ru": payload, "en": payload}
        community = Community(SHOP, number, payload, payload)
        await site.widgets.tell(community.created(state="active"))
        texts = {name: {"greeting": payload, "vk_button": payload} for name in both}
        widget = await site.widgets.make(SHOP, title=payload, texts=texts)
        channel = {"integration_id": str(community.id), "label": both, "tooltip": both}
        await site.widgets.change(widget, "PATCH", channels=[channel])
        source = f'src="{site.otklik}/w/widget.js" data-otklik="{widget["public_key"]}"'
        scripts.append(f"<script async {source}></script>")
    site.more = "".join(scripts)

    for site.language in ("ru", "en"):
        page = await site.open()
        # The page has its own widget, too.
        await expect(page.locator("otklik-widget")).to_have_count(len(PAYLOADS) + 1)
        seen = [one for one in await page.evaluate(LOOK) if one[0][3] != "Магазин"]

        assert sorted(one[1] for one in seen) == sorted(PAYLOADS)
        for texts, tooltip, elements in seen:
            assert texts == [tooltip] * 4
            assert elements == "a,button,div,div,div,h2,p,path,path,section,span,span,span,svg,svg"
        facts = await page.evaluate("[typeof pwned, document.title, location.href]")
        assert facts == ["undefined", "Shop", f"{site.url}/"]


async def test_nobody_but_the_page_itself_opens_the_widget_and_only_by_the_word(site: Site) -> None:
    evil = "<!doctype html><script>onmessage = e => parent.postMessage(e.data, '*')</script>"

    async def evil_page(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": evil.encode()})

    async with serving(evil_page) as elsewhere:
        site.asked.add(elsewhere)
        site.more = f'<iframe src="{elsewhere}/"></iframe>'
        site.more_policy = f"frame-src {elsewhere}"
        page = await site.open()
        await expect(page.locator("otklik-widget")).to_have_count(1)
        good = {"otklik": site.widget["public_key"], "action": "open"}
        heard = """message => new Promise(done => {
            addEventListener('message', () => setTimeout(() => done()), {once: true});
            frames[0].postMessage(message, '*');
        })"""
        await page.evaluate(heard, good)
        bad: list[Any] = [
            None,
            7,
            "open",
            [],
            {},
            {"otklik": "x" * 24, "action": "open"},
            {**good, "more": 1},
        ]
        bad += [
            {**good, "action": "__proto__"},
            {**good, "action": {"toString": 1}},
            {"otklik": good["otklik"]},
        ]
        said = """messages => new Promise(done => {
            let left = messages.length;
            addEventListener('message', () => { left -= 1; if (!left) setTimeout(done); });
            for (const one of messages) postMessage(one, location.origin);
        })"""
        await page.evaluate(said, bad)
        await expect(page.locator("otklik-widget .panel")).to_be_hidden()

        await page.evaluate(said, [good])
        await expect(page.locator("otklik-widget .panel")).to_be_visible()
        await page.evaluate(said, [{**good, "action": "close"}])
        await expect(page.locator("otklik-widget .panel")).to_be_hidden()
    site.asked.discard(elsewhere)


async def test_a_site_that_the_widget_is_not_for_has_no_button_and_forgets_it(site: Site) -> None:
    await expect((await site.open()).locator("otklik-widget")).to_have_count(1)

    await site.widgets.change(site.widget, "PATCH", sites=["https://shop.example"])
    page = await site.open()
    await page.wait_for_function("localStorage.length === 0")
    await expect(page.locator("otklik-widget")).to_have_count(0)

    await site.widgets.change(site.widget, "PATCH", sites=[site.url])
    await expect((await site.open()).locator("otklik-widget")).to_have_count(1)


async def test_the_page_keeps_its_own_names_and_looks(site: Site) -> None:
    page = await site.open()
    await expect(page.locator("otklik-widget")).to_have_count(1)
    await site.context.route("**/w/widget.js", lambda route: route.abort())
    other = await site.open()
    facts = "[Object.getOwnPropertyNames(window).sort().join(), getComputedStyle(document.body).cssText]"

    assert await page.evaluate(facts) == await other.evaluate(facts)
    assert await page.evaluate("document.querySelectorAll('body > otklik-widget').length") == 1
