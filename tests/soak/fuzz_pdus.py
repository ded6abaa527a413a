"""A fuzzer of the link that is led by coverage: `python -m tests.soak.fuzz_pdus CORPUS -max_total_time=60`.

The first octet of an input says in what pieces the others come; they are judged as in tests/sms_gateway/lone_link.py.
"""

import asyncio
import logging
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sms_gateway", "app.domain", "smpplib"]):
    import structlog

    from tests.sms_gateway.lone_link import heard
    from tests.sms_gateway.peer import ANSWER, DATA, DELIVER, ENQUIRE, SUBMIT, UNBIND, deliver_body, pdu, receipt

SEEDS = (
    pdu(SUBMIT | ANSWER, 1, b"5eab8da5\0") + pdu(DELIVER, 5, receipt("1588301221")),
    pdu(SUBMIT | ANSWER, 2, b"\0", 0x58) + pdu(0x80000000, 3, status=0x0B) + pdu(ENQUIRE, 4),
    pdu(DATA, 6, b"\0\1\x0179990000001\0\1\x01900\0\4\0\0" + b"\x00\x1e\0\x027\0\x04\x27\0\1\2"),
    pdu(DELIVER, 7, deliver_body(text=b"\5\0\3\7\2\1ab", esm_class=0x40, tlvs=b"\x02\x0c\0\2\0\7\x04\x24\0\2ab")),
    pdu(0x102, 8, b"\1\x0179990000001\0\1\x01790\0") + pdu(0x1234, 9) + pdu(UNBIND, 10),
)


def main() -> None:
    """Runs until libFuzzer's limits, or until an input breaks a promise of the link; then the exit status is not 0."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    corpus = Path(sys.argv[1])
    corpus.mkdir(parents=True, exist_ok=True)
    for number, octets in enumerate(SEEDS):
        (corpus / f"seed-{number}").write_bytes(bytes((39,)) + octets)
    with asyncio.Runner() as runner:

        def one_input(octets: bytes) -> None:
            step, stream = 1 + (octets[0] if octets else 0), octets[1:]
            runner.run(heard([stream[place : place + step] for place in range(0, len(stream), step)]))

        atheris.Setup(sys.argv, one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
