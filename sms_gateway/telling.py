"""What the log says of messages, by the id that follows a mark from its form to its receipt."""

from collections.abc import Iterable, Sequence

import structlog

from sms_gateway.rows import Flight, Outcome

log = structlog.get_logger(__name__)

MOST_TRACES = 10


def tell(event: str, link: str, traces: Iterable[str]) -> None:
    """One line for each mark, notice or request on its way; one for all where they are many at once."""
    distinct = sorted(set(traces) - {""})
    if len(distinct) > MOST_TRACES:
        log.info(event, link=link, traces=" ".join(distinct))
        return
    for trace in distinct:
        log.info(event, link=link, trace=trace)


def tell_outcomes(link: str, done: Sequence[Flight], outcomes: Sequence[Outcome]) -> None:
    tell("receipt", link, [flight.message.trace for flight in done if any(part.receipt for part in flight.parts)])
    for flight, result in zip(done, outcomes, strict=True):
        if result.error is not None:
            log.warning(
                "not sent",
                link=link,
                message=result.message_id,
                state=result.state,
                error=result.error,
                trace=flight.message.trace,
            )
