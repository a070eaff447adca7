"""Names of many spellings have one key; other names have others."""

import pytest

from monitor.core.names import latin, sounds


@pytest.mark.parametrize(
    "spellings",
    [
        "Selenskyj Zelensky Zelenskyy Зеленський Зеленский Зеленского Selenskyjs",
        "Putin Poutine Путин Путина Путіну Putins",
        "Lukaschenko Lukashenko Loukachenko Лукашенко",
        "Nawalny Navalny Nawalnyj Навальный",
        "Tschernobyl Chernobyl Чорнобиль Чернобыль",
        "Saluschnyj Zaluzhny Залужний",
        "Kharkiv Kharkov Харків Харьков",
        "Macron Макрон Macrons",
        "Merz Мерц",
        "Scholz Шольц",
        "Orbán Orban Орбан",
        "Erdoğan Erdogan Эрдоган",
        "Netanjahu Netanyahu Нетаньяху",
        "Washington Вашингтон",
        "Papandreou Παπανδρέου",
    ],
)
def test_spellings_of_one_name_sound_alike(spellings):
    assert len({sounds(name) for name in spellings.split()}) == 1
    assert all(sounds(name) for name in spellings.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Trump", "Biden"),
        ("Merkel", "Macron"),
        ("Putin", "Poroschenko"),
        ("Orlenko", "Orlowski"),
        ("Berlin", "Bern"),
    ],
)
def test_other_names_sound_otherwise(one, other):
    assert sounds(one) != sounds(other)


@pytest.mark.parametrize("name", ["Xi", "Kiew", "習近平", "بوتين", "B52", "", "-", "Ян"])
def test_what_is_short_or_has_no_capitals_has_no_key(name):
    assert sounds(name) == ""


def test_latin_knows_nothing_of_other_scripts():
    assert latin("東京") == ""
    assert latin("Łódź") == "lodz"
