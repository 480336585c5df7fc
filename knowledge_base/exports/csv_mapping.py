"""Which column of a CSV file says what: proposed from the names, corrected by a person, remembered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from knowledge_base.errors import InputError

FIELDS = (
    "id",
    "subject",
    "customer_text",
    "agent_text",
    "note_text",
    "transcript",
    "text",
    "role",
    "at",
    "problem",
    "resolution",
    "steps",
    "status",
    "tags",
    "category",
    "language",
    "csat",
    "nps",
    "reopened",
    "handle_minutes",
    "product",
    "channel",
    "created_at",
    "solved_at",
    "updated_at",
    "url",
)
"""What a column can say."""
# The names under which exports have these columns, without spaces and signs; the first that is there wins.
_NAMES: dict[str, str] = {
    "id": "ticketid caseid conversationid issueid ticketnumber casenumber number ticketno id key"
    " ticket reference",
    "subject": "subject title summary tickettitle betreff asunto objet assunto onderwerp",
    "customer_text": "description customermessage customertext firstmessage question request inquiry"
    " enquiry query"
    " instruction customer issuedescription ticketdescription body beschreibung anfrage descripcion pregunta"
    " demande customerquestion problemdescription",
    "agent_text": "reply agentreply answer response agentmessage agenttext publicreply lastreply"
    " antwort respuesta"
    " reponse agentresponse firstreply",
    "note_text": "note internalnote privatenote comments notes notiz nota",
    "transcript": "transcript conversation conversationtranscript dialogue dialog chat chatlog"
    " messages thread"
    " fulltext verlauf",
    "text": "messagetext message text content messagebody",
    "role": "role sender author senderrole authorrole speaker from authortype sendertype inbound direction",
    "at": "sentat messagetime timestamp messagecreatedat time date",
    "problem": "problem issue symptom",
    "resolution": "resolution solution fix resolutionnotes resolutionsummary workaround losung solucion",
    "steps": "steps actions actionstaken",
    "status": "status state ticketstatus casestatus zustand estado statut",
    "tags": "tags labels tag keywords etiquetas",
    "category": "category topic intent tickettype type kategorie categoria categorie reason"
    " contactreason queue",
    "language": "language lang locale sprache idioma langue",
    "csat": "csat satisfaction satisfactionrating rating customersatisfaction customersatisfactionrating"
    " satisfactionscore csatscore score",
    "nps": "nps npsscore netpromoterscore recommend wouldrecommend likelihoodtorecommend",
    "reopened": "reopened reopens reopencount reopenedcount",
    "handle_minutes": "handleminutes handletimeminutes handlingtimeminutes minutes aht",
    "product": "product productname productpurchased item produkt producto produit",
    "channel": "channel via source ticketchannel kanal canal",
    "created_at": "createdat created createddate creationdate opened openedat dateopened createdtime",
    "solved_at": "solvedat resolvedat closedat resolved closed closeddate resolutiondate resolvedtime",
    "updated_at": "updatedat updated lastupdated modified lastmodified updatedtime",
    "url": "url link ticketurl permalink",
}
_PREFIX = re.compile(r"^(?:ticket|case|conversation|issue)")


def signature_of(header: Sequence[str]) -> str:
    """What stands for a header, whatever the case and the spaces of its names."""
    names = "\n".join(" ".join(name.split()).casefold() for name in header)
    return hashlib.sha256(names.encode("utf-8", "replace")).hexdigest()[:16]


def propose(header: Sequence[str]) -> dict[str, str]:
    """Field to column, for the columns whose name tells what they hold; none is taken twice."""
    columns = {_plain(name): name for name in reversed(header) if name.strip()}
    for name, column in list(columns.items()):
        columns.setdefault(_PREFIX.sub("", name), column)
    found: dict[str, str] = {}
    for field, names in _NAMES.items():
        named = next((columns[name] for name in names.split() if name in columns), None)
        if named is not None and named not in found.values():
            found[field] = named
    return _one_way(found)


def checked(mapping: Mapping[str, str], header: Sequence[str]) -> dict[str, str]:
    """Let through a mapping that can be read by. Raises InputError."""
    unknown = [field for field in mapping if field not in FIELDS]
    if unknown:
        raise InputError(f"there is no field {unknown[0]!r}: choose among {', '.join(FIELDS)}")
    chosen = {field: column for field, column in mapping.items() if column}
    missing = [column for column in chosen.values() if column not in header]
    if missing:
        raise InputError(f"there is no column {missing[0]!r} in this file: choose among its own")
    if not chosen.keys() & {"customer_text", "transcript", "text", "problem", "subject"}:
        raise InputError("say which column holds what the customer wrote")
    if "text" in chosen and not {"id", "role"} <= chosen.keys():
        raise InputError("with one message a row, say which columns hold the ticket's id and who wrote it")
    return chosen


def _plain(name: str) -> str:
    import unicodedata

    folded = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[\W_]+", "", "".join(char for char in folded if not unicodedata.combining(char)))


def _one_way(found: dict[str, str]) -> dict[str, str]:
    """One message a row needs its three columns; without them a `message` is what the customer wrote."""
    if {"id", "text", "role"} <= found.keys() and "agent_text" not in found:
        found.pop("customer_text", None)
        return found
    text = found.pop("text", None)
    found.pop("role", None)
    found.pop("at", None)
    if text is not None and not found.keys() & {"customer_text", "transcript", "problem"}:
        found["customer_text"] = text
    return found
