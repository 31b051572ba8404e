"""Foreign text stays text: one function a format, used where a value meets its document.

| sink     | used for          | what can never come out of it                                    |
|----------|-------------------|------------------------------------------------------------------|
| html     | mail and browser  | tags, attributes, entities                                       |
| markdown | GitHub and wikis  | markup, HTML, mentions, references, `Fixes #`, bare links, maths |
| textile  | Redmine           | markup, HTML, macros, mentions, references, bare links           |
| adf      | Jira              | marks, nodes and mentions: it is the text of a text node         |
| terminal | consoles, mails   | line breaks, control sequences                                   |
| subject  | headers of mails  | line breaks, encoded words (`=?utf-8?q?=0D=0A?=` is one)         |
| slack    | Slack's mrkdwn    | `<` `>` `&`, marks, mentions, `<!channel>`, emoji names, links   |
| chat     | any other chat    | marks of Markdown and HTML, mentions, bare links, emoji names    |
| title    | titles of issues  | line breaks, mentions, references, bare links                    |
| xml      | feeds             | elements, attributes, characters that XML has not                |
| json     | programs          | raw control characters (they are written `\\u001b`)               |
| cell     | CSV               | formulas; it keeps what was written                              |
| link     | every `href`      | anything that is not a plain http(s) address                     |

None but json and cell lets control, bidi-override or invisible characters through.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from html import escape as escape_html
from json import dumps as dump
from urllib.parse import quote, urlsplit, urlunsplit

BLANK = "–"
"""What stands where a text has nothing that can be seen."""

LONGEST_LINK = 500
"""Addresses beyond this are trackers or attacks, and would fill the mail."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that a spreadsheet computes; some read the full-width signs, too."""

_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_HIDDEN_RANGES = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls but those that separate words
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"  # invisible
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"  # bidi overrides, joiners
    "\ud800-\udfff\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e00ff"  # halves, tags
)
_HIDDEN = re.compile(f"[{_HIDDEN_RANGES}]")
_MOST_MARKS = 4

_JOINER = "\u2060"
_MARKS = str.maketrans(
    {mark: f"\\{mark}" for mark in "\\`*_[](){}~#^"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&vert;", "$": "&dollar;"}
    | {_JOINER: "&NoBreak;"}
)
# Where an invisible joiner goes, because these act on finished text, which no backslash reaches.
_SEAMS = re.compile(
    r"(?<=[@#!])(?=\w)"  # @person, #12, !34
    r"|(?i:(?<=gh-))(?=\d)"  # GH-12
    r"|(?<=\[)(?=\[)|(?<=\{)(?=\{)"  # [[page]] and {{macro}} of Redmine
    r"|(?<=:)(?=//)|(?i:(?<=www)(?=\.))|(?i:(?<=mailto:)|(?<=xmpp:))(?=\S)"  # bare addresses
    r"|(?<![\d:]:)(?<=:)(?=[\w+-]{1,40}(?::|$))"  # :emoji:, the last colon of which may be ours
)
_COMMIT = re.compile(r"(?i)(?<![0-9a-z])[0-9a-f]{7,}(?![0-9a-z])")
_DOMAIN_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d_])")
_LINE_START = re.compile(r"^(?:(\d{1,9})(?=[.)](?:\s|$))|(?=[-+](?:[\s-]|$)|=))(.)")

# Chats know no escape for their marks, so a reader is shown signs that look alike.
_ALIKE = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})
_BRACKETS = str.maketrans({"<": "‹", ">": "›", "[": "［", "]": "］", "|": "¦", "\\": "＼"})
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # snake_case stays as it is
_CHAT_START = re.compile(r"^(?=[#>+=-]|\d{1,9}[.)]\s)")

_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
_REVISION = re.compile(r"\br(?=\d)")

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_JSON_HIDDEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def plain(text: str) -> str:
    """Return what a reader would see of `text`, on one line; BLANK when that is nothing."""
    return _calm(_visible(text)) or BLANK


def clip(text: str, limit: int) -> str:
    """Return `text` as `plain` does, cut at a word to at most `limit` characters, with a `…`."""
    seen = _visible(text)
    text = _calm(seen[: 8 * limit + 400])  # a book is not calmed to show a line of it
    if len(text) <= limit and len(seen) <= 8 * limit + 400:
        return text or BLANK
    words = text[:limit].rpartition(" ")[0]
    return (words if len(words) > limit // 2 else text[: limit - 1]).rstrip() + "…"


def html(text: str) -> str:
    """Return `text` for HTML, inside an element or a quoted attribute."""
    return escape_html(plain(text), quote=True)


def markdown(text: str) -> str:
    """Return `text` for one line of Markdown, wherever on it.

    Backslashes and entities take the meaning from CommonMark and its tables. Mentions,
    references, bare addresses and emoji names are found by GitHub in finished text: those are
    parted by an invisible word joiner, written so that reviewers see it.
    """
    text = _COMMIT.sub(lambda found: _JOINER.join(_sixes(found[0])), plain(text))
    text = _SEAMS.sub(_JOINER, text).translate(_MARKS)
    text = _DOMAIN_DOT.sub(r"\\.", text)
    return _LINE_START.sub(lambda found: f"{found[1] or ''}\\{found[2]}", text)


def subject(text: str, limit: int) -> str:
    """Return `text` for a header of a mail, cut at a word.

    An encoded word is decoded by whoever writes the header, line breaks and all: there is none.
    """
    return clip(text, limit).replace("=?", "= ?")


def slack(text: str) -> str:
    """Return `text` for one line of a section of Slack, of type mrkdwn and `verbatim`."""
    text = _unmarked(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def chat(text: str) -> str:
    """Return `text` for one line of a message to a chat whose marks nobody can know here."""
    text = _DOMAIN_DOT.sub(f".{_JOINER}", _unmarked(text).translate(_BRACKETS))
    return _CHAT_START.sub(_JOINER, text)


def title(text: str) -> str:
    """Return `text` for a title that has no markup, and may be looked through for references."""
    return _SEAMS.sub(_JOINER, plain(text))


def xml(text: str) -> str:
    """Return `text` for XML, inside an element or a quoted attribute."""
    return html(text)


def textile(text: str) -> str:
    """Return `text` for one line of Textile as Redmine reads it, wherever on it.

    Every sign is written as an entity: Redmine looks for markup, `#12`, `{{macro}}`, `[[page]]`,
    `commit:1f` and addresses before it reads those. `r12`, a revision, has no sign to hide.
    """
    text = _SIGN.sub(lambda found: f"&#{ord(found[0])};", plain(text))
    return _REVISION.sub("&#114;", text)


def adf(text: str) -> dict[str, str]:
    """Return `text` as a text node of Atlassian's document format, which holds no markup."""
    return {"type": "text", "text": plain(text)}


def terminal(text: str) -> str:
    """Return `text` for one line of a console; leading blanks stay, they are ours."""
    indent = len(text) - len(text.lstrip(" "))
    return " " * indent + _keeping_blanks(text[indent:])


def json(document: str) -> str:
    """Return a JSON document in which characters that could act on a console are escaped."""
    return _JSON_HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def cell(value: object) -> object:
    """Return a value for a cell of a table: what a spreadsheet would compute becomes text."""
    if isinstance(value, (list, tuple, dict)):
        value = dump(value, ensure_ascii=False, default=str)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if not isinstance(value, str):
        return value
    shown = _HIDDEN.sub("", value).lstrip(" ")  # some programs drop both when they read a cell
    return f"'{value}" if shown.startswith(FORMULA) else value


def link(url: str | None) -> str | None:
    """Return `url` ready for every format, or None when it must not be a link.

    Only http and https, no user name that could pass for a host, host names in ASCII, and
    nothing left that needs quoting in HTML or Markdown.
    """
    if not url or len(url) > LONGEST_LINK or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:  # UnicodeError is one
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    rest = (quote(part, safe="/%:@!$&*+,;=?~") for part in parts[2:])
    return urlunsplit((parts.scheme, host + port, *rest))


def _unmarked(text: str) -> str:
    """Take their meaning from the marks of chats, and part what they look for in any text."""
    text = _SEAMS.sub(_JOINER, plain(text)).translate(_ALIKE)
    return _EDGE_UNDERSCORE.sub("ˍ", text)


def _visible(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        text = _HIDDEN.sub("", _SEQUENCE.sub("", text))
    return " ".join(text.split())


def _sixes(digits: str) -> list[str]:
    """Part a run of digits into pieces too short to name a commit."""
    return [digits[start : start + 6] for start in range(0, len(digits), 6)]


def _keeping_blanks(line: str) -> str:
    """Columns are made of blanks: clean what lies between runs of them."""
    if line.isascii() and line.isprintable():
        return line.rstrip(" ")
    line = _HIDDEN.sub("", _SEQUENCE.sub("", line))
    return _calm(re.sub(r"[^\S ]", " ", line)).rstrip(" ")


def _calm(text: str) -> str:
    """Drop combining marks beyond a few in a row: piled up, they cover the lines around."""
    if text.isascii():
        return text
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)
