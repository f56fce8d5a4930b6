"""Drives a browser through the gateway's pages: browser.py REQUEST ANSWER.

REQUEST is JSON: what to do ("console", "docs" or "provider"), base (the gateway), others (hosts that may be asked besides),
browser (the program), folder (for pictures, or null). ANSWER is what was seen, and everything that pages of ours must not
cause: messages on the browser's console, requests to other hosts, breaches of the policy, and what axe finds that some
people could not use.
"""

import json
import sys
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

REQUEST, ANSWER = sys.argv[1], sys.argv[2]
question = json.load(open(REQUEST))
base, folder = question["base"], question.get("folder")
others = question.get("others", [])
problems: list[str] = []
seen: dict = {}

WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def watch(context):
    context.add_init_script(WATCH)

    # What a page of somebody else asks for and says is not ours.
    def is_ours(url):
        return urlsplit(url).netloc not in others

    def requested(request):
        parts = urlsplit(request.url)
        if not request.is_navigation_request() and not is_ours(request.frame.url):
            return
        if parts.scheme not in ("data", "blob") and parts.netloc not in [urlsplit(base).netloc, *others]:
            problems.append(f"request to {request.url}")

    def said(message):
        if message.type in ("error", "warning") and is_ours(message.page.url):
            problems.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    context.on("request", requested)
    context.on("console", said)
    context.on("weberror", lambda error: problems.append(f"exception: {error.error}"))


def picture(page, name):
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def fits(page):
    """Nothing is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def check_access(page, name):
    found = Axe().run(page).response
    if not found["passes"]:
        problems.append(f"{name}: nothing was checked")
    for violation in found["violations"]:
        nodes = "; ".join(node["html"] for node in violation["nodes"])
        problems.append(f"{name}: {violation['id']}: {violation['help']}: {nodes}")


def sign_in(page, name="ann"):
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    page.get_by_label("User id").fill("550e8400-e29b-41d4-a716-446655440000")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("E-mail").fill("ann@example.com")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name=f"Signed in as {name}")).to_be_visible()


def storage(page):
    return page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")


def console(browser):
    context = browser.new_context(viewport={"width": 1100, "height": 900}, color_scheme="light", locale="en-GB")
    watch(context)
    page = context.new_page()
    page.goto(base + "/")
    expect(page.get_by_role("row", name="Database")).to_contain_text("up")
    picture(page, "console-signed-out-light")
    check_access(page, "signed out")
    # By keyboard alone: the first stop skips what is above the content.
    page.keyboard.press("Tab")
    seen["first_stop"] = page.evaluate("document.activeElement.textContent")
    name = '<img src=x onerror="alert(1)"> & co'
    sign_in(page, name)
    expect(page.get_by_text("ann@example.com")).to_be_visible()
    seen["markup"] = page.locator("#account img").count()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    sign_in(page)
    seen["services"] = {
        row.locator("th").inner_text(): row.locator("td").first.inner_text() for row in page.locator("#services tr").all()
    }
    expect(page.locator("#jobs tr")).to_have_count(question["jobs"])
    seen["jobs"] = [row.inner_text() for row in page.locator("#jobs tr").all()]
    seen["notes"] = [note.inner_text() for note in page.locator("#jobs-notes li").all()]
    seen["focused"] = page.evaluate("document.activeElement.id")
    seen["storage"] = storage(page)
    picture(page, "console-signed-in-light")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1100, 360, 320):
            page.set_viewport_size({"width": width, "height": 800})
            if not fits(page):
                problems.append(f"the console is wider than {width} pixels")
            if width != 320:
                picture(page, f"console-signed-in-{scheme}-{width}")
    check_access(page, "signed in, dark")
    # The cookie outlives the page.
    page.reload()
    expect(page.get_by_role("heading", name="Signed in as ann")).to_be_visible()
    # In two tabs at once, too: a refresh token that was used twice would end the session.
    second = context.new_page()
    for tab in (page, second):
        tab.goto(base + "/", wait_until="commit")
    for tab in (page, second):
        expect(tab.get_by_role("heading", name="Signed in as ann")).to_be_visible()
    second.close()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    picture(page, "console-signed-out-dark-320")
    seen["cookies"] = [cookie["name"] for cookie in context.cookies()]
    page.reload()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    expect(page.locator("#sign-in")).to_be_visible()
    # Swagger UI is not there in this one.
    page.goto(base + "/docs")
    expect(page.get_by_text("Swagger UI is not installed here")).to_be_visible()
    check_access(page, "no documentation")
    if not fits(page):
        problems.append("the page in the place of the documentation is too wide")
    picture(page, "docs-missing-dark-320")
    context.close()


def docs(browser):
    context = browser.new_context(viewport={"width": 1100, "height": 900}, color_scheme="light", locale="en-GB")
    watch(context)
    page = context.new_page()
    page.goto(base + "/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    seen["operations"] = page.locator(".opblock").count()
    picture(page, "docs-light")
    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".auth-container input").fill(question["token"])
    page.locator(".auth-container button[type=submit]").click()
    picture(page, "docs-authorize-light")
    page.locator(".modal-ux .close-modal").click()
    block = page.locator(".opblock", has_text="/api/auth/me")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    answer = block.locator(".live-responses-table .response")
    expect(answer).to_be_visible()
    seen["answer"] = answer.inner_text()
    picture(page, "docs-tried-light")
    login = page.locator(".opblock", has_text="/api/auth/login")
    login.locator(".opblock-summary-control").click()
    expect(login.locator(".opblock-body")).to_be_visible()
    seen["storage"] = storage(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1100, 360):
            page.set_viewport_size({"width": width, "height": 800})
            picture(page, f"docs-{scheme}-{width}")
    context.close()


def provider(browser):
    context = browser.new_context(viewport={"width": 1100, "height": 900}, locale="en-GB")
    watch(context)
    page = context.new_page()
    page.goto(base + "/")
    page.get_by_role("link", name="Sign in").click()
    page.locator("input[name=sub]").fill("7e57-user")
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_role("heading", name="Signed in as 김철수")).to_be_visible()
    seen["address"] = page.url
    picture(page, "console-provider")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    # How the gateway sends a browser back whose user was refused.
    page.goto("about:blank")
    page.goto(base + "/#sign_in_error=provider_refused")
    expect(page.get_by_role("alert").filter(visible=True)).to_be_visible()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    seen["denied"] = page.get_by_role("alert").filter(visible=True).inner_text()
    seen["after"] = page.url
    context.close()


with sync_playwright() as playwright:
    # The sandbox of the browser does not work for root; there is nothing here but our own pages.
    browser = playwright.chromium.launch(executable_path=question["browser"], args=["--no-sandbox"])
    expect.set_options(timeout=8000)
    try:
        {"console": console, "docs": docs, "provider": provider}[question["what"]](browser)
    except Exception as error:  # what was seen until then says more than a trace alone
        problems.append(f"{type(error).__name__}: {error}")
    browser.close()

json.dump({"seen": seen, "problems": problems}, open(ANSWER, "w"))
