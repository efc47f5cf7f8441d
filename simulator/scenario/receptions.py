"""Scripts: how each dial of one number is received."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainValidator

from engine.config.fields import Digits, Duration
from engine.config.sections import OneOf, Section, Several, optional, shown, wrong
from engine.domain.words import Verdict
from engine.names import did_you_mean, listed
from simulator.plan import AgentReception, AgentResponse, Reception, Response, Script

RECEPTIONS: Final = [str(response) for response in Response]


class RingsModel(Section):
    """How long before the network says so."""

    rings: Duration = optional("From the dial to the busy tone, rejection or end of ringing.")


class AnsweredModel(Section):
    """How a scripted number behaves once it is dialed. What is left out is drawn from the population."""

    rings: Duration = optional("From the dial to the answer.")
    talks: Duration = optional("Once joined with an agent, the customer hangs up after this.")
    waits: Duration = optional("Hangs up if nobody has joined so long after the answer.")
    hangs_up_after: Duration = optional("Hangs up so long after the answer, whatever happens.")
    drops_after: Duration = optional("The line drops so long after the answer.")
    digits: Digits = optional("The keys that are pressed when asked to.")
    verdict: Verdict = optional("What machine detection will say, right or wrong.")
    verdict_after: Duration = optional("When it says so, from the answer.")


class ReceptionModel(OneOf):
    """How one dial is received, with settings."""

    human: AnsweredModel = optional("A person answers.")
    machine: AnsweredModel = optional("A machine answers.")
    no_answer: RingsModel = optional("Nobody answers.", alias="no-answer")
    busy: RingsModel = optional("The line is busy.")
    congestion: RingsModel = optional("The network is congested.")
    invalid: RingsModel = optional("There is no such number.")
    rejected: RingsModel = optional("The call is rejected.")

    def reception(self) -> Reception:
        name, settings = self.chosen
        return Reception(response=Response(self.file_key(name)), **settings.given())


def read_reception(value: Any) -> Reception:
    if isinstance(value, dict):
        return ReceptionModel.model_validate(value).reception()
    if not isinstance(value, str) or value not in RECEPTIONS:
        close = did_you_mean(value, RECEPTIONS)
        raise wrong(f"{shown(value)}; a dial is received as {listed(RECEPTIONS)}{close}")
    return Reception(response=Response(value))


ReceptionField: TypeAlias = Annotated[
    Reception, PlainValidator(read_reception, json_schema_input_type=Response | ReceptionModel)
]


class ScriptModel(Section):
    """What happens at the 1st, 2nd, … dial of a number, and after the last of them."""

    of = Script

    entries: Annotated[list[ReceptionField], Field(min_length=1)] = Field(
        description="One for each dial.", examples=["[no-answer, busy]"]
    )
    at_end: Literal["error", "repeat", "population"] = optional(
        "After the last entry: an error, the last entry again, or whatever the population does."
    )

    def script(self) -> Script:
        given = self.given()
        return Script(receptions=given.pop("entries"), **given)


def read_script(value: Any) -> Script:
    if isinstance(value, dict) and value:
        return ScriptModel.model_validate(value).script()
    if not isinstance(value, list) or not value:
        raise wrong(f"{shown(value)}; what happens at each dial is wanted: [no-answer, busy]")
    problems = Several()
    receptions = [problems.attempt(read_reception, item, index) for index, item in enumerate(value)]
    problems.raise_any()
    return Script(receptions=tuple(reception for reception in receptions if reception))


ScriptField: TypeAlias = Annotated[
    Script,
    PlainValidator(
        read_script,
        json_schema_input_type=Annotated[list[Response | ReceptionModel], Field(min_length=1)] | ScriptModel,
    ),
]


# --- agents' phones ----------------------------------------------------------------------------

AGENT_RECEPTIONS: Final = [str(response) for response in AgentResponse]


class AgentRingsModel(Section):
    """How long before the agent's phone says so."""

    rings: Duration = optional("From the call to the rejection or the end of ringing.")


class AgentAnswersModel(Section):
    """How an agent answers."""

    rings: Duration = optional("From the call to the answer.")
    hangs_up_after: Duration = optional("The agent leaves in mid-call, so long after answering.")


class AgentReceptionModel(OneOf):
    """How one call to an agent's phone is received, with settings."""

    answers: AgentAnswersModel = optional("The agent answers.")
    no_answer: AgentRingsModel = optional("The agent does not answer.", alias="no-answer")
    rejected: AgentRingsModel = optional("The agent rejects the call.")

    def reception(self) -> AgentReception:
        name, settings = self.chosen
        return AgentReception(response=AgentResponse(self.file_key(name)), **settings.given())


def read_agent_reception(value: Any) -> AgentReception:
    if isinstance(value, dict):
        return AgentReceptionModel.model_validate(value).reception()
    if not isinstance(value, str) or value not in AGENT_RECEPTIONS:
        close = did_you_mean(value, AGENT_RECEPTIONS)
        raise wrong(f"{shown(value)}; an agent's phone is received as {listed(AGENT_RECEPTIONS)}{close}")
    return AgentReception(response=AgentResponse(value))


AgentReceptionField: TypeAlias = Annotated[
    AgentReception,
    PlainValidator(read_agent_reception, json_schema_input_type=AgentResponse | AgentReceptionModel),
]
