"""Personal data over HTTP: what is found, what is replaced where, and a customer erased."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from copilot.personal import erasure_entry, scan_entry, traces_entry
from knowledge_base.codec import format_time
from knowledge_base.models import Kind
from knowledge_base.personal.fields import Field as TextField
from knowledge_base.personal.fields import every_pair
from knowledge_base.personal.models import PersonalKind
from knowledge_base.personal.person import Person
from knowledge_base.personal.scanning import scan
from web.api import PROBLEMS
from web.deps import ActorDep, BaseDep, CopilotDep
from web.schemas import Schema, Time

router = APIRouter(prefix="/api/v1/personal-data", tags=["curator"], responses=PROBLEMS)
erasures = APIRouter(prefix="/api/v1/erasures", tags=["administrator"], responses=PROBLEMS)
MOST_SCANNED = 1000


class ScanPart(Schema):
    """How many records to read, from where on, and whether the values are wanted too."""

    after: str | None = Field(None, max_length=300, description="`next` of the part before")
    limit: int = Field(200, ge=1, le=MOST_SCANNED)
    values: bool = False


class Switch(Schema):
    """Whether a kind is replaced in a field from now on."""

    field: TextField
    kind: PersonalKind
    replaced: bool


class Exemption(Schema):
    """A value that names nobody; of links, a host."""

    value: str = Field(min_length=1, max_length=300)


class ExemptionJson(Schema):
    """Such a value as it is kept, who said so and when."""

    value: str
    who: str
    at: Time


class RulesJson(Schema):
    """What is replaced where, and which values are left alone."""

    switches: list[Switch]
    exceptions: list[ExemptionJson]


class Which(Schema):
    """A record whose personal data is to be replaced now."""

    kind: Kind
    id: str = Field(max_length=200)


class Replaced(Schema):
    """Whether anything was replaced."""

    changed: bool


class PersonJson(Schema):
    """Whom to erase: by any of these."""

    email: str | None = Field(None, max_length=300)
    phone: str | None = Field(None, max_length=300)
    name: str | None = Field(None, max_length=300)
    customer_id: str | None = Field(None, max_length=300)
    conversation_id: str | None = Field(None, max_length=200)

    def person(self) -> Person:
        """As the knowledge base looks for them."""
        return Person(**self.model_dump())


@router.get("", summary="What personal data stands in the knowledge, and what was replaced")
def list_found(base: BaseDep, chosen: Annotated[ScanPart, Query()]) -> dict[str, Any]:
    """By kind and by record; values and the words around them only where they are asked for."""
    return scan_entry(scan(base, after=chosen.after, limit=chosen.limit), values=chosen.values)


@router.get("/rules", summary="What is replaced where")
def read_rules(base: BaseDep) -> RulesJson:
    """All switches as they are, and the values that name nobody."""
    rules = base.personal.rules()
    switches = [Switch(field=f, kind=k, replaced=k in rules.kinds(f)) for f, k in every_pair()]
    kept = [
        ExemptionJson(value=one.value, who=one.who, at=format_time(one.at))
        for one in base.personal.exceptions()
    ]
    return RulesJson(switches=switches, exceptions=kept)


@router.put("/switches", summary="Replace a kind in a field, or leave it", status_code=204)
def change_switch(switch: Switch, base: BaseDep) -> None:
    """Holds for what comes in from now on; what stands is replaced by `replacements`."""
    base.personal.switch(switch.field, switch.kind, replaced=switch.replaced)


@router.post("/exceptions", summary="Say that a value names nobody", status_code=201)
def add_exception(exemption: Exemption, base: BaseDep, actor: ActorDep) -> Exemption:
    """It is left alone from now on, whatever its case and accents."""
    return Exemption(value=base.personal.allow(exemption.value, who=actor))


@router.post("/exceptions/withdrawals", summary="Take back that a value names nobody", status_code=204)
def remove_exception(exemption: Exemption, base: BaseDep) -> None:
    """In the body, since an address ends in logs."""
    base.personal.disallow(exemption.value)


@router.post("/replacements", summary="Replace what stands in a record and its history now")
def replace_now(which: Which, base: BaseDep, actor: ActorDep) -> Replaced:
    """By the switches as they are."""
    changed = base.personal.replace_now(which.kind, which.id, actor=actor)
    if changed:
        base.personal.scrub()
    return Replaced(changed=changed)


@erasures.post("/preview", summary="What erasing a customer would remove")
def preview(person: PersonJson, copilot: CopilotDep) -> dict[str, Any]:
    """Their values, conversations and records, and how much there is of all else; nothing is removed."""
    return traces_entry(copilot.eraser.preview(person.person()))


@erasures.post("", summary="Erase a customer everywhere", status_code=201)
def erase(person: PersonJson, copilot: CopilotDep, actor: ActorDep) -> dict[str, Any]:
    """From base, history, index, files and memory; `left` names files that still hold something."""
    return erasure_entry(copilot.eraser.erase(person.person(), actor=actor))
