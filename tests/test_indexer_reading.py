"""Which languages an encoder reads; one that reads many, from a local folder, needs no translator."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from copilot.assemble import build_copilot
from copilot.assist import Copilot
from copilot.settings import Settings
from copilot.upkeep import bring_up_to_date
from indexer.embedder import SentenceEmbedder
from indexer.reading import languages_read, parallel, reads
from indexer.search import UNVOUCHED
from tests.builders import make_case, make_conversation

SUBJECTS = {0: "parcel", 2: "password", 6: "size", 14: "guarantee"}


@pytest.fixture(scope="module")
def many_tongues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a static encoder whose words, of twelve languages, were fitted to the bundled one."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    lines = [*chain(*parallel().values())]
    normalizer, cut = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    found = [[word for word, _ in cut.pre_tokenize_str(normalizer.normalize_str(line))] for line in lines]
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(["[UNK]", *chain(*found)]))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, cut
    shares = np.zeros((len(lines), len(vocabulary)))
    for row, words in enumerate(found):
        for word in words:
            shares[row, vocabulary[word]] += 1 / len(words)
    said = np.tile(SentenceEmbedder().embed(parallel()["en"]), (len(parallel()), 1))
    weights = np.linalg.lstsq(shares, said, rcond=None)[0].astype(np.float32)
    folder = tmp_path_factory.mktemp("models") / "many-tongues"
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)]).save(str(folder))
    return folder


def desk_of(settings: Settings) -> Copilot:
    """A desk without translators that knows three cases of each subject, in English."""
    english, copilot = parallel()["en"], build_copilot(settings)
    cases = [
        make_case(f"{name}-{n}", problem=english[place], category=name, language="en")
        for place, name in SUBJECTS.items()
        for n in range(3)
    ]
    copilot.knowledge.put_many(cases, actor="test")
    bring_up_to_date(settings, copilot.knowledge)
    return copilot


@pytest.fixture(scope="module")
def reader(many_tongues: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copilot]:
    """Such a desk with that encoder."""
    copilot = desk_of(Settings(data=tmp_path_factory.mktemp("data"), model=str(many_tongues)))
    yield copilot
    copilot.knowledge.close()


def test_the_lines_are_parallel() -> None:
    assert len(parallel()) == 12
    assert {len(lines) for lines in parallel().values()} == {20}
    assert all(len(set(lines)) == 20 for lines in parallel().values())


def test_what_each_reads_is_measured(many_tongues: Path) -> None:
    assert languages_read(SentenceEmbedder()) == ()  # made for English
    assert set(languages_read(SentenceEmbedder(str(many_tongues)))) == set(parallel())


def test_a_language_that_was_not_probed_is_read_where_all_that_were_are() -> None:
    assert reads(tuple(parallel()), "ko")
    assert not reads(("en", "es"), "ko")
    assert reads(("en", "es"), "es")
    assert not reads((), "en")


def test_a_model_of_whole_words_gives_vectors_without_places(many_tongues: Path) -> None:
    embedder = SentenceEmbedder(str(many_tongues))
    (read,) = embedder.read(["Waar is mijn pakket?"])
    assert read.tokens.shape == (0, 384)
    assert read.spans.shape == (0, 2)
    assert np.array_equal(read.vector, embedder.embed(["Waar is mijn pakket?"])[0])


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Hoe stel ik mijn wachtwoord opnieuw in?", "password"),
        ("Gdzie jest moja paczka?", "parcel"),
        ("Ceket çok küçük.", "size"),
        ("ジャケットが小さすぎます。", "size"),
        ("كم مدة الضمان؟", "guarantee"),
    ],
)
def test_it_needs_no_translator(reader: Copilot, text: str, subject: str) -> None:
    assert reader.suggest(make_conversation(text)).cases[0].category == subject
    best = reader.search(text)[0]
    assert best.case is not None
    assert best.case.category == subject
    assert best.confidence > UNVOUCHED


def test_the_bundled_one_vouches_for_nothing_in_them(tmp_path: Path) -> None:
    copilot = desk_of(Settings(data=tmp_path))
    assert copilot.suggest(make_conversation("Gdzie jest moja paczka?")).cases == ()
    copilot.knowledge.close()
