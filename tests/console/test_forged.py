"""What other sites, planted links and hostile text can do to the console: nothing."""

from __future__ import annotations

import aiohttp
import pytest

from bot.console.routes import ROUTES
from bot.console.visit import local_path
from core.staff import Role
from tests.console.office import PAGES, PASSWORD, Office, serving
from tests.console.test_access import path_of

_HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


async def test_every_change_wants_our_own_form(staffed: Office) -> None:
    """All POST routes: refused without token, with somebody else's token, and from another origin with the right one."""
    posts = [route for route in ROUTES if route.method == "POST" and route.name != "code_do"]
    assert len(posts) > 10
    async with staffed.desk("quan_tri") as desk, staffed.desk("nhan_vien") as other:
        mine, theirs = (await desk.get("/canbo/")).csrf, (await other.get("/canbo/")).csrf
        assert mine != theirs
        for route in posts:
            if Role.ADMIN not in (route.roles or {Role.ADMIN}):
                continue
            path = path_of(route)
            for token, origin in (("", desk.address), (theirs, desk.address), (mine, "https://evil.example"), (mine, "null")):
                answer = await desk.ask("POST", path, data={"csrf": token}, headers={"Origin": origin})
                assert answer.status == 403, (route.name, origin)
        assert (await desk.get("/canbo/")).status == 200


async def test_signing_somebody_in_from_elsewhere_is_refused(staffed: Office) -> None:
    """Nobody is signed in to an account they did not choose: the form has a token before anybody is signed in, too."""
    async with staffed.desk() as desk, staffed.desk() as other:
        fields = {"ten": "nhan_vien", "mat_khau": PASSWORD, "csrf": (await other.get("/canbo/dang-nhap")).csrf}
        await desk.get("/canbo/dang-nhap")
        answer = await desk.ask("POST", "/canbo/dang-nhap", data=fields, headers={"Origin": desk.address})
        assert (answer.status, desk.cookie) == (403, None)


async def test_stale_page_gets_the_new_token(staffed: Office) -> None:
    """Somebody who signed in again in another tab clicks twice, and loses nothing."""
    async with staffed.desk("nhan_vien") as desk:
        headers = {"Origin": desk.address, "X-CSRF-Token": "0" * 64, "HX-Request": "true"}
        answer = await desk.ask("POST", "/canbo/dang-xuat-noi-khac", headers=headers)
        assert (answer.status, answer.headers["HX-Retarget"]) == (403, "#notices")
        headers["X-CSRF-Token"] = answer.headers["X-CSRF-Token"]
        assert (await desk.ask("POST", "/canbo/dang-xuat-noi-khac", headers=headers)).status == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "/canbo/\\evil", "/canbo//evil.example",
        "javascript:alert(1)", "/canbo/../x", "/canbo/%0d%0aSet-Cookie:x", "/canbo/\r\nX: y", "/", "", "canbo/", "/canbo/\t/evil",
    ],
)  # fmt: skip
async def test_signing_in_never_leads_to_another_site(staffed: Office, wanted: str) -> None:
    """No open redirect, in the form and in the address."""
    async with staffed.desk() as desk:
        answer = await desk.post("/canbo/dang-nhap", {"ten": "nhan_vien", "mat_khau": PASSWORD, "tiep": wanted})
        assert answer.to in {"/canbo/", "/canbo/%0d%0aSet-Cookie:x"}
        assert "Set-Cookie:x" not in str(answer.headers.get("Set-Cookie"))
        if wanted:
            assert local_path(wanted) == answer.to


async def test_hostile_text_is_shown_as_text(staffed: Office) -> None:
    """In names of accounts, in filters, in what comes back after an error."""
    async with staffed.desk("quan_tri") as desk:
        fields = {
            "ten": "moi",
            "ho_ten": _HOSTILE[:80],
            "ten_hien_thi": "{{7*7}}",
            "vai_tro": "nhan_vien",
            "pham_vi": "thanh_pho",
        }
        pages = [await desk.post("/canbo/nhan-su/them", fields | {"ten": _HOSTILE})]
        pages.append(await desk.post("/canbo/nhan-su/them", fields))
        pages += [await desk.get(path) for path in ("/canbo/nhan-su", "/canbo/nhat-ky")]
        pages.append(await desk.get(f"/canbo/nhat-ky?ai={_HOSTILE}&ve={_HOSTILE}&viec={_HOSTILE}"))
        pages.append(await desk.post("/canbo/dang-nhap", {"ten": _HOSTILE, "mat_khau": "x"}, form="/canbo/"))
        pages.append(await desk.get(f"/canbo/ca-nhan?xong={_HOSTILE}"))
    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert ">49<" not in page.text
    assert "&lt;script&gt;" in pages[2].text


async def test_pages_forbid_scripts_of_others_and_being_kept(staffed: Office) -> None:
    """Every page, errors included; and our own pages hold no script or style that the policy would have to allow."""
    async with staffed.desk("quan_tri") as desk:
        for path in [*(route.path for route in PAGES), "/khong-co", "/nhan-su/1", "/nhan-su/999"]:
            answer = await desk.get(f"/canbo{path}")
            policy = answer.headers["Content-Security-Policy"]
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                assert policy == "default-src 'none'; frame-ancestors 'none'; sandbox", path
                continue
            assert "script-src 'self'; style-src 'self'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            for inline in ("<script>", " onclick", " style=", "<style", "javascript:", "http://", "https://"):
                assert inline not in answer.text.replace("http://www.w3.org/2000/svg", ""), (path, inline)


async def test_cookies_are_out_of_reach(sqlite_url: str) -> None:
    """Of scripts, of other sites, of plain http, and of neighbouring hosts."""
    async with serving(sqlite_url, "https://troly.example.vn") as office:
        await office.hire("lan")
        async with office.desk() as desk:
            page = await desk.ask("GET", "/canbo/dang-nhap")
            form = page.headers.getall("Set-Cookie")[0]  # type: ignore[attr-defined]  # aiohttp's headers
            assert form.startswith("__Host-troly_canbo_form=")
            headers = {"Origin": "https://troly.example.vn", "Cookie": form.partition(";")[0]}
            fields = {"ten": "lan", "mat_khau": PASSWORD, "csrf": page.csrf}
            async with aiohttp.ClientSession(office.address) as plain:
                sent = {"headers": headers, "data": fields, "allow_redirects": False}
                async with plain.post("/canbo/dang-nhap", **sent) as answer:  # type: ignore[arg-type]  # keywords
                    assert answer.status == 303, await answer.text()
                    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-troly_canbo=")
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


async def test_no_path_leads_out_of_the_static_folder(staffed: Office) -> None:
    """Whatever way it is written."""
    async with staffed.desk() as desk:
        assert (await desk.get("/canbo/static/console.css")).status == 200
        for name in (
            "../app.py",
            "..%2fapp.py",
            "%2e%2e/app.py",
            "..%5capp.py",
            "vendor/../../app.py",
            "%2fetc%2fpasswd",
            ".",
            "vendor",
        ):
            assert (await desk.get(f"/canbo/static/{name}")).status == 404, name


async def test_signed_out_page_keeps_what_was_typed(staffed: Office) -> None:
    """Htmx is not sent to the sign-in page but told so, and the page stays."""
    async with staffed.desk() as desk:
        answer = await desk.get("/canbo/", HX_Request="true")
        assert (answer.status, answer.headers["HX-Retarget"]) == (401, "#notices")
        assert "<html" not in answer.text
        assert (await desk.get("/canbo/", Accept="text/event-stream")).status == 401
