from typing import Literal

from pydantic import BaseModel

WORDS = {"billing": ("invoice", "charged", "refund"), "technical": ("error", "crash", "broken")}
URGENT = ("urgent", "immediately", "down")


class Opened(BaseModel):
    id: str
    subject: str
    text: str


class Triaged(BaseModel):
    team: Literal["billing", "technical", "general"]
    priority: int


config = {
    "type": "event",
    "name": "TriageTicket",
    "description": "Says how urgent a ticket is, and which team it is for",
    "flows": ["support"],
    "subscribes": ["ticket.opened"],
    "input": Opened.model_json_schema(),
    "emits": ["ticket.triaged"],
}


def judge(text: str) -> Triaged:
    team = next((team for team, words in WORDS.items() if any(word in text for word in words)), "general")
    urgent = sum(word in text for word in URGENT)
    return Triaged(team=team, priority=max(1, 3 - urgent))


async def handler(input_data, context):
    opened = Opened.model_validate(input_data)
    triaged = judge(f"{opened.subject} {opened.text}".lower())
    ticket = await context.state.get("tickets", opened.id)
    ticket = {**ticket, "status": "triaged", **triaged.model_dump()}
    await context.state.set("tickets", opened.id, ticket)
    await context.streams.desk.set("open", opened.id, ticket)
    await context.emit(
        {
            "topic": "ticket.triaged",
            "data": {"id": opened.id, "team": triaged.team},
            "messageGroupId": triaged.team,
        }
    )
    context.logger.info("Ticket triaged", {"ticketId": opened.id, **triaged.model_dump()})
