"""A language is named where the text tells it."""

import pytest

from insights.text.language import language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The application closes every time I open a photo", "en"),
        ("L'application se ferme chaque fois que j'ouvre une photo", "fr"),
        ("Die Anwendung schließt sich jedes Mal, wenn ich ein Foto öffne", "de"),
        ("这个应用程序很好，但是无法下载文件", "zh"),
        ("このアプリはとても良いです", "ja"),
        ("ok", None),
        ("", None),
        ("https://x.example/the/quick/brown/fox", None),
    ],
)
def test_short_texts_are_undetermined(text, expected):
    """No answer is better than a guess."""
    assert language(text) == expected
