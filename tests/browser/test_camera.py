"""The camera films what Chromium plays to it, which has no detector here: the vendored one reads."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bags.models import Scan
from tests.browser.conftest import FLAGS
from tests.browser.screen import PackingScreen, open_page
from tests.browser.test_packing import inside
from tests.browser.test_pages import serious
from traitortrack.static_headers import WORKER_POLICY

SIZE = (480, 360)
FRAMES_A_SECOND = 5
# What is in view, for so many seconds. The film begins anew at its end.
FILM: list[tuple[list[str], int]] = [
    ([], 1),
    (["SB00860"], 4),
    ([], 3),
    (["1200000", "1200001"], 3),
    ([], 3),
    (["1200002"], 4),
    ([], 20),
]


def _picture(codes: list[str]) -> Image.Image:
    picture = Image.new("L", SIZE, 255)
    for number, code in enumerate(codes):
        rows = [
            [0 if dark else 255 for dark in row] for row in segno.make(code, error="m").matrix_iter(border=4)
        ]
        small = Image.new("L", (len(rows), len(rows)))
        small.putdata([light for row in rows for light in row])
        side = SIZE[0] // len(codes) if len(codes) > 1 else SIZE[1]
        picture.paste(small.resize((side, side), Image.Resampling.NEAREST), (number * side, 0))
    return picture


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """A film as YUV4MPEG2, which Chromium's fake camera plays."""
    path = tmp_path_factory.mktemp("film") / "codes.y4m"
    grey = bytes([128]) * (SIZE[0] * SIZE[1] // 2)
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F{FRAMES_A_SECOND}:1 Ip A1:1 C420mpeg2\n".encode())
        for codes, seconds in FILM:
            frame = b"FRAME\n" + _picture(codes).tobytes() + grey
            out.write(frame * (seconds * FRAMES_A_SECOND))
    return path


@pytest.fixture
def browser(browser: Browser, film: Path) -> Iterator[Browser]:
    """One whose camera plays the film."""
    fake = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    started = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=[*FLAGS, *fake])
    yield started
    started.close()


@pytest.fixture
def filming(context: BrowserContext, screen: PackingScreen) -> PackingScreen:
    context.grant_permissions(["camera"])
    screen.page.locator("#camera-button").click()
    return screen


def test_what_is_shown_to_the_camera_counts_once_each(filming: PackingScreen) -> None:
    filming.shows("SB00860", 0, "open")
    expect(filming.page.locator("#camera p")).to_contain_text("one at a time")
    filming.shows("SB00860", 1)
    filming.all_sent()
    assert inside("SB00860") == ["1200002"]
    assert list(Scan.objects.order_by("seq").values_list("raw", "source", "code")) == [
        ("SB00860", "camera", "parent_opened"),
        ("1200002", "camera", "linked"),
    ]


def test_a_second_touch_ends_it(filming: PackingScreen) -> None:
    filming.shows("SB00860", 0, "open")
    assert serious(filming.page) == []
    filming.page.locator("#camera-button").click()
    expect(filming.page.locator("#camera")).to_be_hidden()
    assert filming.page.evaluate("document.querySelector('#camera video').srcObject") is None
    filming.scan("1200000")
    filming.shows("SB00860", 1)


def test_nothing_of_it_is_loaded_before_it_is_asked_for(context: BrowserContext, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("worker", lambda worker: asked.append(worker.url))
    open_page(page, "/scan/", "ravi")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "zxing" in url or "worker" in url]
    context.grant_permissions(["camera"])
    page.locator("#camera-button").click()
    expect(page.locator("#sack-code")).to_have_text("SB00860")
    assert [url for url in asked if "decoder-worker" in url]


def test_a_camera_that_is_not_allowed_is_said(context: BrowserContext, screen: PackingScreen) -> None:
    context.clear_permissions()
    screen.page.evaluate(
        """() => {
          const refuse = () => Promise.reject(new DOMException("", "NotAllowedError"));
          navigator.mediaDevices.getUserMedia = refuse;
        }"""
    )
    screen.page.locator("#camera-button").click()
    expect(screen.page.locator("#camera p")).to_contain_text("not allowed")
    screen.open("SB00860")


def test_a_decoder_that_cannot_be_loaded_is_said(context: BrowserContext, screen: PackingScreen) -> None:
    context.grant_permissions(["camera"])
    context.route("**/decoder-worker*", lambda route: route.abort())
    screen.page.locator("#camera-button").click()
    expect(screen.page.locator("#camera p")).to_contain_text("could not be loaded")
    screen.open("SB00860")


def test_a_browser_that_knows_qr_needs_no_decoder(context: BrowserContext, page: Page) -> None:
    """Chromium for Linux does not: here one stands in that always sees a sack."""
    page.add_init_script("""window.BarcodeDetector = class {
      static getSupportedFormats = async () => ["code_128", "qr_code"];
      detect = async (video) => (video.videoWidth > 0 ? [{ rawValue: "SB00861" }] : []);
    }""")
    workers: list[str] = []
    page.on("worker", lambda worker: workers.append(worker.url))
    context.grant_permissions(["camera"])
    open_page(page, "/scan/", "ravi")
    page.locator("#camera-button").click()
    PackingScreen(page).shows("SB00861", 0, "open")
    assert (workers, Scan.objects.get().source) == ([], "camera")


def test_no_page_may_compile_webassembly_itself(screen: PackingScreen) -> None:
    """The exception is the worker's alone."""
    refused = (
        "() => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => 'done', String)"
    )
    assert "Content Security Policy" in screen.page.evaluate(refused)
    panel = screen.page.locator("#camera")
    answer = screen.page.request.get(panel.get_attribute("data-worker") or "")
    assert answer.headers["content-security-policy"] == WORKER_POLICY
