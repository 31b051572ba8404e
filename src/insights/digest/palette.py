"""The colours of a digest, light and dark, and the inline styles that are made of them.

Mail knows no classes one can rely on, so every style is inline. A dark rule finds its elements by
the colour in their style attribute: no two entries of the table share a light colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Colour(NamedTuple):
    """One colour in both modes and the CSS property that it is for."""

    property: str
    light: str
    dark: str


COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "page": Colour("background-color", "#f3f4f6", "#0f1216"),
        "sheet": Colour("background-color", "#ffffff", "#171b21"),
        "shade": Colour("background-color", "#f7f8fa", "#1f252d"),
        "ink": Colour("color", "#1b2027", "#e9edf2"),
        "soft": Colour("color", "#343c47", "#c3cbd5"),
        "muted": Colour("color", "#5b6573", "#a1acb9"),
        "link": Colour("color", "#2549b8", "#9db9ff"),
        "line": Colour("border-color", "#dfe3e8", "#323a45"),
        "mark": Colour("border-left-color", "#3d5fd0", "#8facff"),
        "bar": Colour("color", "#a3b3e2", "#566aa3"),
        "part": Colour("border-left-color", "#5877d6", "#7d9bf0"),
        "peak": Colour("border-bottom-color", "#3c5ecf", "#8eabff"),
        "track": Colour("border-right-color", "#e4e8ef", "#2f3742"),
        "alert": Colour("color", "#93370d", "#ffb98f"),
        "alert_fill": Colour("background-color", "#fff1e7", "#3a2619"),
        "good": Colour("color", "#17643a", "#86d9a8"),
        "good_fill": Colour("background-color", "#e8f5ed", "#17301f"),
        "calm": Colour("color", "#46505d", "#c0c9d4"),
        "calm_fill": Colour("background-color", "#eef0f3", "#2a313b"),
    }
)

READABLE: tuple[tuple[str, str], ...] = (
    *((ink, fill) for ink in ("ink", "soft", "muted", "link") for fill in ("page", "sheet")),
    *((ink, "shade") for ink in ("ink", "soft", "muted", "link")),
    ("alert", "alert_fill"),
    ("good", "good_fill"),
    ("calm", "calm_fill"),
    ("alert", "sheet"),
    ("good", "sheet"),
    ("calm", "sheet"),
)
"""Every text colour with every ground it stands on: each pair has a contrast of 4.5 or more."""

TONES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "new": ("●", "alert"),
        "growing": ("▲", "alert"),
        "returned": ("◆", "alert"),
        "steady": ("■", "calm"),
        "cooling": ("▼", "good"),
        "quiet": ("○", "good"),
        "raised": ("●", "alert"),
        "peaked": ("■", "calm"),
        "closed": ("○", "good"),
        "active": ("●", "good"),
        "retired": ("○", "calm"),
        "born": ("+", "calm"),
        "ok": ("✓", "good"),
        "waiting": ("…", "calm"),
        "silent": ("!", "alert"),
        "failed": ("✕", "alert"),
        "entered": ("+", "alert"),
        "left": ("−", "calm"),
        "split": ("÷", "calm"),
        "merged": ("⊕", "calm"),
        "resolved": ("✓", "good"),
        "corrected": ("±", "calm"),
    }
)
"""A sign and a tone for each status: the word always stands beside them."""


def _ink(name: str) -> str:
    return f"color:{COLOURS[name].light}"


def _fill(name: str) -> str:
    return f"background-color:{COLOURS[name].light}"


_SERIF = "font-family:Georgia,'Times New Roman',serif"

STYLES: Mapping[str, str] = MappingProxyType(
    {
        "page": f"margin:0;padding:0;{_fill('page')}",
        "ground": _fill("page"),
        "sheet": f"width:100%;max-width:680px;text-align:left;{_fill('sheet')}",
        "eyebrow": "margin:0 0 12px;letter-spacing:.4px",
        "h1": f"margin:0 0 10px;{_SERIF};font-size:28px;line-height:35px;font-weight:400;"
        f"{_ink('ink')}",
        "h2": f"margin:0 0 4px;{_SERIF};font-size:22px;line-height:28px;font-weight:400;"
        f"{_ink('ink')}",
        "h3": "margin:0 0 6px;font-size:17px;line-height:23px;" + _ink("ink"),
        "h4": f"margin:0;font-size:15px;{_ink('ink')}",
        "number": f"font-size:15px;{_ink('muted')}",
        "lead": "margin:0 0 16px;font-size:14px;line-height:20px",
        "fact": f"margin:0 0 8px;font-size:16px;line-height:24px;{_ink('ink')}",
        "text": f"margin:8px 0;font-size:14px;line-height:21px;{_ink('soft')}",
        "small": f"font-size:13px;line-height:19px;{_ink('muted')}",
        "ink": f"text-decoration:none;{_ink('ink')}",
        "soft": _ink("soft"),
        "gap": "margin:8px 0 4px",
        "flat": "margin:0",
        "figure": f"margin:0;font-size:24px;line-height:30px;{_ink('ink')}",
        "count": f"font-size:20px;{_ink('ink')}",
        "cell": "padding:6px 0 6px 14px;text-align:right;vertical-align:top;white-space:nowrap",
        "head": "padding:0 0 4px 14px;font-weight:400;text-align:right;white-space:nowrap",
        "first": "padding-left:0;text-align:left;white-space:normal;",
        "rule": f"border-top:1px solid {COLOURS['line'].light}",
        "card": f"border-collapse:separate;margin:0 0 16px;border:1px solid "
        f"{COLOURS['line'].light};border-left:4px solid {COLOURS['mark'].light};border-radius:6px",
        "row": f"padding:14px 0;border-top:1px solid {COLOURS['line'].light}",
        "aside": "padding:14px 0 14px 14px;text-align:right;vertical-align:top;"
        f"border-top:1px solid {COLOURS['line'].light}",
        "side": "padding-left:14px;text-align:right;vertical-align:top",
        "quotes": f"margin:8px 0;padding-left:12px;border-left:2px solid {COLOURS['line'].light}",
        "quote": "margin:4px 0",
        "step": f"margin:10px 0 0;padding:9px 12px;border-radius:4px;font-size:14px;"
        f"line-height:20px;{_fill('shade')};{_ink('ink')}",
        "part": "display:inline-block;width:92px;margin:0 3px 8px 0",
        "alert": f"{_ink('alert')};{_fill('alert_fill')}",
        "good": f"{_ink('good')};{_fill('good_fill')}",
        "calm": f"{_ink('calm')};{_fill('calm_fill')}",
        "alert_ink": _ink("alert"),
        "good_ink": _ink("good"),
        "calm_ink": _ink("calm"),
        "spark": f"margin-top:8px;font-size:0;color:{COLOURS['bar'].light}",
        "bars": "font-size:0",
        "filled": COLOURS["part"].light,
        "peak": COLOURS["peak"].light,
        "track": COLOURS["track"].light,
    }
)
"""Inline styles by what they are for. Line-heights are in px because Outlook wants them so."""


def stylesheet() -> str:
    """Return the rules for those that know `<style>`: font, phone, dark. Without it all reads well.

    The whole sheet stays far below the 16 kB at which Gmail drops it.
    """
    return "".join((_FONT, _PHONE, f"@media (prefers-color-scheme:dark){{{_dark()}}}"))


def tokens() -> str:
    """Return the colours as custom properties of CSS, for pages that a browser shows."""
    light, dark = (
        "".join(f"--{name}:{getattr(c, mode)};" for name, c in COLOURS.items())
        for mode in ("light", "dark")
    )
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two `#rrggbb` colours, 1..21, as WCAG 2.2 defines it."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _dark() -> str:
    return (
        "a{color:"
        + COLOURS["link"].dark
        + "}"
        + "".join(
            f'[style*="{colour.light}"]{{{colour.property}:{colour.dark}!important}}'
            for colour in COLOURS.values()
        )
    )


_FONT = (
    "body,td,th{font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,"
    "sans-serif}td{font-variant-numeric:tabular-nums}p,h1,h2,h3,h4,li,td,blockquote{overflow-wrap:anywhere}a{color:"
    f"{COLOURS['link'].light}}}a:hover{{text-decoration:underline!important}}"
    f":target{{outline:2px solid {COLOURS['peak'].light};outline-offset:6px}}"
    "@media print{[style]{background-color:transparent!important}}"
)
_PHONE = (
    "@media (max-width:520px){.edge{padding-left:18px!important;padding-right:18px!important}"
    ".outer{padding:0!important}h1{font-size:24px!important;line-height:30px!important}}"
)
