"""Product names leave what is embedded and stay in what is searched by word."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from indexer.build import build_index, recipe_of
from indexer.live import LiveIndex
from indexer.products import Products, names_in
from knowledge_base.models import Case
from tests.fakes import PROBES, ListOfRecords, WordHashEmbedder


def test_a_product_is_called_by_its_name_its_proper_name_and_its_kind() -> None:
    assert names_in("Brewster coffee machine") == {"Brewster coffee machine", "Brewster", "coffee machine"}
    assert names_in("floor lamp") == {"floor lamp"}


def about(product: str, language: str = "en") -> Case:
    return Case("C-1", "done", product=product, language=language)


def test_products_stand_aside_in_any_case_and_number() -> None:
    products = Products.of([about("Kestrel kettle"), about("floor lamp")])
    assert (
        products.without("My KETTLE and two floor lamps are late", "en-GB")
        == "My product and two product are late"
    )
    assert products.without("the Kestrel's lid", "en") == "the product lid"
    assert products.without("kettles-r-us, skettle", "en") == "product-r-us, skettle"


def test_a_text_of_nothing_but_a_product_stays() -> None:
    assert Products.of([about("Kestrel kettle")]).without("Kestrel kettle", "en") == "Kestrel kettle"


def test_texts_in_other_languages_than_the_names_stay() -> None:
    products = Products.of([about("Kestrel kettle"), about("floor lamp"), about("Kestrel", "de")])
    assert products.language == "en"
    assert products.without("Mein Kestrel ist defekt", "de") == "Mein Kestrel ist defekt"
    assert products.without("My Kestrel is broken", None) == "My product is broken"


@given(st.text(max_size=200))
def test_without_products_every_text_stays(text: str) -> None:
    assert Products([]).without(text, "en") == text


def test_an_index_embeds_without_products_and_finds_them_by_word(tmp_path: Path) -> None:
    embedder = WordHashEmbedder()
    cases = [
        Case("C-1", "x", problem="my kettle is late", product="Kestrel kettle"),
        Case("C-2", "x", problem="my lamp is late", product="floor lamp"),
    ]
    build_index(ListOfRecords(*cases), tmp_path, embedder)
    own = [text for text in embedder.embedded if text not in PROBES]
    assert own == ["my product is late", "my lamp is late"]
    generation = LiveIndex(tmp_path, recipe_of(embedder)).current()
    assert generation.products.names == ("Kestrel kettle", "floor lamp", "Kestrel", "kettle")
    assert generation.words.scores([("kettl",)])[0] > 0


def test_places_are_where_the_stand_ins_come() -> None:
    products = Products(["Brewster coffee machine"])
    text = "My Brewster and the coffee machine's lid"
    assert [text[slice(*place)] for place in products.places(text, "en")] == ["Brewster", "coffee machine's"]
    assert products.places(text, "de") == []
    assert products.places("Brewster", "en") == []
