"""The only place that builds the real parts from the settings. Nothing here loads a model yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copilot.settings import AUTO, NONE, Settings
from knowledge_base.errors import IndexMissingError, InputError, StorageError
from knowledge_base.store import KnowledgeBase

# Commands that only read and write knowledge must not wait for the rest to be imported.
if TYPE_CHECKING:
    from copilot.assist import Copilot
    from copilot.bring_in.desk import BringIn
    from copilot.checking.batch import ImportGate
    from copilot.erasing import Eraser
    from copilot.helpdesks.models import Helpdesk
    from copilot.polishing.polisher import Polisher
    from copilot.translation import TranslationService
    from copilot.translation.desk_words import DeskWords
    from copilot.translation.factory import Access
    from copilot.translation.retelling import BulkRetelling
    from copilot.translation.service import Approved
    from copilot.understand.language import LanguageDetector
    from copilot.workshop import Workshop
    from indexer.embedder import Embedder, SentenceEmbedder


def open_knowledge_base(settings: Settings) -> KnowledgeBase:
    """The desk's knowledge base, created where there is none. Raises StorageError."""
    if settings.database_url is None:
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"the data folder {settings.data} can't be made ({error.strerror}): name another by --data"
            ) from error
    return KnowledgeBase.open(settings.database)


def build_embedder(settings: Settings) -> SentenceEmbedder:
    """The encoder of the settings, not loaded yet."""
    from indexer.embedder import SentenceEmbedder

    return SentenceEmbedder(settings.model)


def build_retelling(settings: Settings) -> BulkRetelling | None:
    """Who tells the knowledge in the customers' languages; None where nobody is to. Raises SettingsError."""
    wanted = settings.knowledge_languages
    if not settings.translators or wanted == (NONE,):
        return None
    from copilot.translation.factory import build_retelling
    from copilot.understand.language import DEFAULT_LANGUAGES

    automatic = wanted == (AUTO,)
    languages = (settings.languages or DEFAULT_LANGUAGES) if automatic else wanted
    return build_retelling(
        settings.translators, languages=languages, access=_access(settings), every=not automatic
    )


def build_copilot(
    settings: Settings, knowledge: KnowledgeBase | None = None, *, embedder: Embedder | None = None
) -> Copilot:
    """A copilot over the desk's knowledge base and index. Raises StorageError, SettingsError, ModelError."""
    from copilot.asking.bank import load_bank
    from copilot.assist import Copilot
    from copilot.authority.desk import AuthorityDesk
    from copilot.checking.links import Links
    from copilot.curation.desk import Curation
    from copilot.desk import desk_templates
    from copilot.draft import CustomerDrafter, Drafter, TemplateBook
    from copilot.feedback import FeedbackMemory
    from copilot.parts import Floors, Parts
    from copilot.practice.judge import Judge
    from copilot.practice.rounds import Practice
    from copilot.retrieve import Retriever
    from copilot.understand.feelings import Feelings
    from copilot.understand.understand import Understander
    from copilot.why.explain import Explainer
    from indexer.build import recipe_of
    from indexer.live import LiveIndex

    knowledge = knowledge or open_knowledge_base(settings)
    embedder = embedder or build_embedder(settings)
    detector, desk_words = _detector(settings), build_desk_words(settings)
    templates = TemplateBook(desk_templates(knowledge), tone=settings.tone, informal=desk_words.informal)
    retriever = Retriever(
        LiveIndex(settings.index_folder, recipe_of(embedder)),
        embedder,
        knowledge,
        feedback=FeedbackMemory(knowledge.feedback_log, embedder) if settings.feedback_counts else None,
        floors=(settings.confidence_floor, settings.draft_floor),
    )
    understander = Understander(detector, products=lambda: (*settings.products, *retriever.products()))
    authority = AuthorityDesk(knowledge, language=settings.agent_language)
    translator = _translator(settings, detector, desk_words, knowledge)
    parts = Parts(
        curation=Curation(knowledge, lambda: retriever.generation, embedder, file=settings.duplicates_file),
        knowledge=knowledge,
        retriever=retriever,
        explainer=Explainer(embedder),
        understander=understander,
        feelings=Feelings(embedder),
        detector=detector,
        drafter=Drafter(templates, agent_language=settings.agent_language),
        customer_drafter=CustomerDrafter(templates),
        translator=translator,
        floors=Floors(settings.confidence_floor, settings.draft_floor),
        agent_language=settings.agent_language,
        agent_name=settings.agent_name,
        questions=load_bank(settings.questions_file),
        authority=authority,
        desk_words=desk_words,
        bring_in=build_bring_in(settings, knowledge),
        practice=Practice(
            knowledge, Judge(embedder, understander, authority), detector, translator=translator
        ),
        polisher=_polisher(settings, detector),
        helpdesks=_helpdesks(settings),
        public_url=settings.public_url,
        eraser=build_eraser(settings, knowledge, embedder=embedder),
        publishers=settings.publishers,
        publish_gate=settings.publish_gate,
        checks_file=settings.checks_file,
        links=Links(settings.follow_links, settings.links_file) if settings.follow_links else None,
        golden_file=settings.golden_file,
        review_rules=settings.review_file,
    )
    return Copilot(parts)


def build_bring_in(settings: Settings, knowledge: KnowledgeBase) -> BringIn:
    """Where exports of other systems are brought in; loads no model."""
    from copilot.bring_in.desk import BringIn

    return BringIn(
        knowledge,
        settings.data / "imports",
        root=settings.import_folder,
        most_bytes=settings.upload_bytes,
        languages=settings.languages,
    )


def build_import_gate(
    settings: Settings, knowledge: KnowledgeBase, *, why: str | None = None
) -> ImportGate | None:
    """What looks at imports, without any model; None where the manager wants nothing looked at.

    With `why` it holds nothing back. Raises InputError, SettingsError.
    """
    from copilot.checking.batch import ImportGate
    from copilot.checking.finding import OFF

    if why is not None and not why.strip():
        raise InputError("say why it is taken all the same, in a few words")
    if OFF in settings.publish_gate:
        return None
    informal = build_desk_words(settings).informal
    return ImportGate(knowledge, gate=settings.publish_gate, informal=informal, why=why)


def build_eraser(settings: Settings, knowledge: KnowledgeBase, *, embedder: Embedder | None = None) -> Eraser:
    """What erases customers; an index is built anew only where there is one. No model is loaded yet."""
    from copilot.erasing import Eraser

    def reindex() -> None:
        from indexer.build import build_index, drop_former
        from indexer.manifest import current_generation

        try:
            current_generation(settings.index_folder)
        except IndexMissingError:
            return
        # Whatever the golden questions would say, the former index may not go on serving: they aren't asked.
        judged = tuple(knowledge.feedback_log.judged()) if settings.feedback_counts else ()
        build_index(
            knowledge,
            settings.index_folder,
            embedder or build_embedder(settings),
            judged=judged,
            retelling=build_retelling(settings),
        )
        drop_former(settings.index_folder)

    return Eraser(knowledge, settings.data, reindex)


def build_workshop(settings: Settings, knowledge: KnowledgeBase) -> Workshop:
    """What lints and previews templates; loads no encoder and no index. Raises SettingsError."""
    from copilot.understand.understand import Understander
    from copilot.workshop import Workshop

    reader = Understander(_detector(settings), products=lambda: settings.products)
    informal = build_desk_words(settings).informal
    return Workshop(
        knowledge,
        reader,
        agent_name=settings.agent_name,
        informal=informal,
        agent_language=settings.agent_language,
        translates=bool(settings.translators),
    )


def build_translation(settings: Settings) -> TranslationService:
    """The translators alone, none where none is configured; loads no model. Raises SettingsError."""
    from copilot.translation import TranslationService

    detector = _detector(settings)
    service = _translator(settings, detector, build_desk_words(settings))
    return service or TranslationService((), detector=detector)


def _detector(settings: Settings) -> LanguageDetector:
    from copilot.understand.language import DEFAULT_LANGUAGES, LanguageDetector

    return LanguageDetector(settings.languages or DEFAULT_LANGUAGES)


def _translator(
    settings: Settings,
    detector: LanguageDetector,
    desk_words: DeskWords,
    knowledge: KnowledgeBase | None = None,
) -> TranslationService | None:
    """None until the operator names a translator; what agents approved in the `knowledge` comes first."""
    if not settings.translators:
        return None
    from copilot.translation import build_service

    return build_service(
        list(settings.translators),
        detector=detector,
        access=_access(settings),
        deadline_seconds=settings.translation_seconds,
        desk=desk_words,
        approved=_approved(knowledge) if knowledge else None,
    )


def _access(settings: Settings) -> Access:
    from copilot.translation.factory import Access

    return Access(**{name: getattr(settings, name) for name in Access.__slots__})


def build_desk_words(settings: Settings) -> DeskWords:
    """What the desk fixes about its languages. Raises SettingsError."""
    from copilot.translation.desk_words import load_desk_words

    return load_desk_words(settings.data, keep=settings.do_not_translate, informal=settings.informal)


def _approved(knowledge: KnowledgeBase) -> Approved:
    from knowledge_base.translations import key_of

    def find(source: str, source_language: str, target_language: str, register: str) -> str | None:
        found = knowledge.translations.find(key_of(source, source_language, target_language, register))
        return found.target if found else None

    return find


def _polisher(settings: Settings, detector: LanguageDetector) -> Polisher | None:
    """None until the operator names a server and a model."""
    if not (settings.polisher_url and settings.polisher_model):
        return None
    from copilot.polishing.completion import Server
    from copilot.polishing.polisher import Polisher

    url, model, key = settings.polisher_url, settings.polisher_model, settings.polisher_key
    server = Server(url, model, key, settings.polisher_seconds)
    return Polisher(server, detector, read_conversation=settings.polisher_conversation)


def _helpdesks(settings: Settings) -> tuple[Helpdesk, ...]:
    """Those of which the operator named anything."""
    from copilot.helpdesks.chatwoot import Chatwoot
    from copilot.helpdesks.zammad import Zammad

    chatwoot = (settings.chatwoot_url, settings.chatwoot_token, settings.chatwoot_secret)
    zammad = (settings.zammad_url, settings.zammad_token, settings.zammad_secret)
    found: list[Helpdesk] = [Chatwoot(*chatwoot)] if any(chatwoot) else []
    return (*found, Zammad(*zammad)) if any(zammad) else tuple(found)
