"""Adverse events that a person is still to be asked about."""

from procedure_node.protocol import UNSET, AdverseEventPrompt
from procedure_node.state import ProcedureState


def prompt_term(prompt: AdverseEventPrompt) -> str:
    """What a prompt is answered as: the site's term, or the protocol's words without one."""
    return prompt.about if prompt.term == UNSET else prompt.term


def unanswered_prompts(state: ProcedureState) -> tuple[AdverseEventPrompt, ...]:
    """The protocol's prompts that nobody has answered yet, in its order."""
    answered = {answer.term for answer in state.adverse_events}
    return tuple(p for p in state.protocol.adverse_events if prompt_term(p) not in answered)
