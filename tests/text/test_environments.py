"""Versions, platforms and devices are found as people write them, and little else is."""

import pytest

from insights.text.environments import Environments

READ = Environments(["v4.1.0", "v4.2", "release-5.0.0"])


def told(text: str) -> list[str]:
    return [span.kind for span in READ.spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It crashes since 4.2.0.", ["version/4.2.0"]),
        ("Version 19 is slow", ["version/19"]),
        ("after v19 nothing syncs (v4.2.1-beta.3)", ["version/19", "version/4.2.1-beta.3"]),
        ("app version: 3.1 on my side", ["version/3.1"]),
        ("I updated to 3.7 and it broke", ["version/3.7"]),
        ("since 3.7, the map is black", ["version/3.7"]),
        ("4.2 broke it for me", ["version/4.2"]),
        ("seit Version 5.0 geht nichts", ["version/5.0"]),
        ("On iOS 18.1 the keyboard hides it", ["platform/iOS 18"]),
        ("iOS18 and Android 14", ["platform/iOS 18", "platform/Android 14"]),
        ("android version 14, latest build", ["platform/Android 14"]),
        ("Windows 11 and win10", ["platform/Windows 11", "platform/Windows 10"]),
        ("does not start on windows", ["platform/Windows"]),
        ("Safari 17.4 and Chrome 126.0.6478.127", ["platform/Safari 17", "platform/Chrome 126"]),
        ("works in firefox but not in chrome", ["platform/Firefox", "platform/Chrome"]),
        ("Ubuntu 24.04 with python 3.11.4", ["platform/Ubuntu 24.04", "platform/Python 3.11"]),
        ("my iPhone 15 Pro and an iPad", ["device/iPhone 15", "device/iPad"]),
        ("iphone se, Pixel 8a", ["device/iPhone SE", "device/Pixel 8a"]),
        ("Samsung Galaxy S23 Ultra", ["device/Galaxy S23"]),
        ("MacBook Pro M2 with mac os x 10.15", ["device/MacBook M2", "platform/macOS 10"]),
        ("在 iOS 18 上崩溃", ["platform/iOS 18"]),
    ],
)
def test_what_people_run_is_found(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I opened three windows and the edge of the page is cut",
        "a pixel is missing, honestly a safari through settings",
        "on 12.05.2026 the server 192.168.0.17 was down",
        "it costs 4.99 and has 4.5 stars",
        "since 2019 I use it every day",
        "9.5 of 10, would buy again",
        "it happened 3.5 times in version 3 times",
        "release notes, version history, build it and they will come",
        "a galaxy of options",
        "v for victory",
        "\x00\ud800 v",
    ],
)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert told(text) == []


def test_spans_are_those_of_the_text() -> None:
    text = "Broken on iOS 18, app 4.2.0 (it was fine before)"
    assert [text[s.start : s.end] for s in READ.spans(text)] == ["iOS 18", "4.2.0"]


def test_who_has_a_version_of_a_platform_has_the_platform() -> None:
    assert READ.named("iOS 18, iPhone 15, 4.2.0") == {
        "platform/iOS", "platform/iOS 18", "device/iPhone", "device/iPhone 15", "version/4.2.0",
    }  # fmt: skip


def test_without_releases_a_bare_number_is_no_version() -> None:
    assert Environments().spans("4.2 broke it for me") == []
