"""What naming a language promises: right or silent, quick, and no louder than the platform."""

from __future__ import annotations

import time

import pytest

from insights.text.language import code, detect

SAID = {
    "en": "The harbour lights go out every evening and nobody answers the telephone",
    "de": "Seit gestern lässt sich die Karte nicht mehr öffnen und alles ist verschwunden",
    "fr": "Depuis hier la carte ne s'ouvre plus et toutes mes notes ont disparu",
    "es": "Desde ayer no puedo abrir el mapa y han desaparecido todas mis notas",
    "pt": "Desde ontem não consigo abrir o mapa e todas as minhas notas desapareceram",
    "nl": "Sinds gisteren kan ik de kaart niet meer openen en is alles verdwenen",
    "pl": "Od wczoraj nie mogę otworzyć mapy i wszystkie moje notatki zniknęły",
    "ru": "Со вчерашнего дня карта не открывается, и все мои заметки пропали",
    "tr": "Dünden beri haritayı açamıyorum ve bütün notlarım kayboldu",
    "ja": "昨日から地図が開かなくなり、メモが全部消えました",
    "zh": "从昨天开始地图打不开了，我的笔记全部不见了",
    "ko": "어제부터 지도가 열리지 않고 메모가 모두 사라졌습니다",
    "ar": "منذ الأمس لا تفتح الخريطة واختفت جميع ملاحظاتي",
    "he": "מאתמול המפה לא נפתחת וכל ההערות שלי נעלמו",
    "el": "Από χθες ο χάρτης δεν ανοίγει και όλες οι σημειώσεις μου χάθηκαν",
    "th": "ตั้งแต่เมื่อวานแผนที่เปิดไม่ได้และบันทึกทั้งหมดหายไป",
    "hi": "कल से नक्शा नहीं खुल रहा है और मेरे सारे नोट गायब हो गए हैं",
}


@pytest.mark.parametrize(("language", "text"), SAID.items(), ids=list(SAID))
def test_a_sentence_is_told_by_its_words(language, text):
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "42!", "👍", "<EMAIL> <URL>", "ok", "\udcff"])
def test_what_cannot_be_told_is_not_guessed(text):
    assert detect(text) is None


def test_the_platform_is_believed_unless_the_words_say_otherwise():
    """Short words do not overrule the platform, a sentence in another language does."""
    assert detect("Super", "fr-FR") == "fr"
    assert detect("42", "sv") == "sv"
    assert detect(SAID["de"], "en") == "de"
    assert detect(SAID["en"], "gd") == "gd"
    assert detect(SAID["en"], "klingon") == "en"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("en", "en"), ("EN_us", "en"), ("pt-BR", "pt"), ("no", "nb"), ("", None), ("und", None)],
)
def test_the_names_of_locales_come_to_a_code(name, expected):
    assert code(name) == expected


def test_time_is_bounded_for_fifty_languages_and_a_megabyte():
    many = " ".join(SAID.values())
    begun = time.process_time()
    for text in (many * 20, "x" * 1_000_000, "\u202e" + many):
        detect(text)
    assert time.process_time() - begun < 5
