"""Wards and communes in messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import ROOT
from core.errors import ContentError
from core.places import Gazetteer, Place, Province
from core.text import fold

_SMALL = Gazetteer(
    [
        Province(
            id="vn-thu",
            name="Thử",
            units=(
                Place(id="thu-thuan-hoa", kind="phường", name="Thuận Hóa", former=("Phường Đúc", "Vĩnh Ninh")),
                Place(id="thu-huong-an", kind="phường", name="Hương An"),
                Place(id="thu-vinh-ninh-moi", kind="xã", name="Vĩnh Ninh Mới"),
                Place(id="thu-phu", kind="xã", name="Phú"),
                Place(id="thu-dong-ba", kind="phường", name="Đông Ba", aliases=("Chợ Đông Ba",)),
                Place(id="thu-cu", kind="xã", name="Khác", former=("Đông Ba",)),
            ),
        )
    ]
)


@pytest.fixture(scope="module")
def hue() -> Gazetteer:
    """The places of the installation."""
    return Gazetteer.load(ROOT / "data" / "places")


def _found(gazetteer: Gazetteer, text: str) -> list[str]:
    return [place.unit.id for place in gazetteer.find(re.findall(r"\w+", text.lower()))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tôi ở phường Thuận Hóa", ["thu-thuan-hoa"]),
        ("tôi ở Thuận Hoá", ["thu-thuan-hoa"]),
        ("làm ở phuong thuan hoa", ["thu-thuan-hoa"]),
        ("nhà ở vinh ninh", ["thu-thuan-hoa"]),
        ("xã vĩnh ninh mới", ["thu-vinh-ninh-moi"]),
        ("Phường Đúc ngày trước", ["thu-thuan-hoa"]),
        ("xã Phú", ["thu-phu"]),
        ("phú quý", []),
        ("huong an", []),
        ("quê hương an lành", ["thu-huong-an"]),
        ("chợ đông ba", ["thu-dong-ba"]),
        ("phường đông ba", ["thu-dong-ba"]),
        ("thuận hóa và hương an", ["thu-thuan-hoa", "thu-huong-an"]),
        ("", []),
    ],
)
def test_units_are_found_by_all_their_names(text: str, expected: list[str]) -> None:
    """Today's names, names before a merger, with and without accents; a bare or short name needs an introduction."""
    assert _found(_SMALL, text) == expected


def test_reused_name_means_the_unit_of_today() -> None:
    """The name "Đông Ba" went into another unit once, but a unit of today bears it."""
    assert _found(_SMALL, "phường Đông Ba") == ["thu-dong-ba"]


@given(st.lists(st.sampled_from("phường xã ở thuận hóa hương an vĩnh ninh mới phú đông ba chợ về cũ".split()), max_size=14))
def test_found_places_never_overlap(words: list[str]) -> None:
    """Each word belongs to one place at most, in order."""
    end = 0
    for place in _SMALL.find(words):
        assert end <= place.start < place.end <= len(words)
        end = place.end


def test_every_unit_of_the_installation_is_found_by_its_full_name(hue: Gazetteer) -> None:
    """As citizens write it, with and without accents."""
    assert len(hue.units) >= 40
    for unit in hue.units.values():
        assert _found(hue, unit.full_name) == [unit.id]
        assert _found(hue, fold(unit.full_name)) == [unit.id]


def test_every_former_name_of_the_installation_leads_to_a_unit(hue: Gazetteer) -> None:
    """People go on using the names of before 2025-07-01."""
    names = [(name, unit.id) for unit in hue.units.values() for name in unit.former]
    assert names
    taken = {fold(unit.name) for unit in hue.units.values()}
    for name, unit_id in names:
        if fold(name) not in taken:
            assert _found(hue, f"ở {name}") == [unit_id], name


def test_no_former_name_belongs_to_two_units(hue: Gazetteer) -> None:
    """A name that leads to two units would silently lead to one of them."""
    names = [name for unit in hue.units.values() for name in unit.former]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("province: {id: hue, name: Huế}\nunits: []", "id"),
        ("province: {id: vn-hue}\nunits: []", "name"),
        ("province: {id: vn-hue, name: Huế}\nunits: [{id: a, kind: làng, name: A}]", "units.0.kind"),
        ("province: {id: vn-hue, name: Huế}\nunits: [{id: a, kind: xã, name: A, cũ: [B]}]", "units.0.cũ"),
        ("province: [", "not readable as YAML"),
    ],
)
def test_broken_file_is_named_with_its_field(tmp_path: Path, content: str, told: str) -> None:
    """An operator of another province learns what to correct."""
    (tmp_path / "khac.yml").write_text(content, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        Gazetteer.load(tmp_path)
    assert "khac.yml" in caught.value.problems[0]
    assert told in caught.value.problems[0]


@pytest.mark.parametrize("content", ["- một\n- hai", "province: Huế", "units: []"])
def test_file_of_another_shape_is_a_content_error(tmp_path: Path, content: str) -> None:
    """Not a crash: the file is named."""
    (tmp_path / "khac.yml").write_text(content, encoding="utf-8")
    with pytest.raises(ContentError, match=r"khac\.yml"):
        Gazetteer.load(tmp_path)
