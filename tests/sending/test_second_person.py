"""What goes to many families waits for a second person: nothing before, never by the author, anew after an edit."""

import threading
from collections.abc import Callable

from sqlalchemy import Engine, select, text

from app.domain.errors import Conflict
from app.models import Announcement, MailMessage
from app.services.sending import decide
from app.session.actors import SEEDER, on_word_of
from app.session.engine import transaction
from tests.factories import MadeSchool, person
from tests.sending.conftest import deliver, draft, news, outbox, press_send, set_to
from tests.web_support import Api, Browser


def mails(engine: Engine) -> list[tuple[str, str]]:
    with transaction(engine, SEEDER) as session:
        rows = session.scalars(select(MailMessage).where(MailMessage.kind == "sending").order_by(MailMessage.id))
        return [(one.address, one.body) for one in rows]


def word(who: Browser, engine: Engine, number: int, yes: bool, words: str = "", version: int | None = None) -> int:
    at = str(news(engine, number).version if version is None else version)
    given = {"decision": "yes" if yes else "no", "words": words, "version": at}
    return who.post(f"/sending/{number}/decide", given).status_code


def test_a_second_person_confirms_and_both_names_stay(
    head: Browser, secretary: Browser, mother: Api, engine: Engine, made: MadeSchool
) -> None:
    set_to(engine, made, confirmation_families="1")
    number = draft(head, "school")
    preview = head.get(f"/sending/{number}").text
    assert "второй человек" in preview and "Лисина" in preview, "she is named, so that one may call her"

    assert press_send(head, engine, number).headers["Location"] == f"/sending/{number}"
    deliver(engine)

    assert outbox(engine) == []
    assert mother.get(f"/api/v1/announcement/{number}").status_code == 404
    [(address, body)] = mails(engine)
    assert address == "secretary@school.invalid" and "Прорвало трубу" in body and "Завтра уроков нет" not in body
    assert f"/sending/{number}" in secretary.get("/").text
    assert f'href="/sending/{number}"' not in head.get("/").text, "the author is not asked"
    assert "Подтвердить и отправить" not in head.get(f"/sending/{number}").text
    assert word(head, engine, number, True) == 403
    assert press_send(head, engine, number).status_code == 303
    assert news(engine, number).state == "waiting"

    assert word(secretary, engine, number, True) == 303
    deliver(engine)

    assert len(outbox(engine)) == 2
    sent = news(engine, number)
    assert (sent.author_id, sent.asked_by_id, sent.decided_by_id) == (made.head.id, made.head.id, made.secretary.id)
    history = head.get(f"/records/announcement/{number}/history").text
    assert "Орлова" in history and "Лисина" in history
    assert "Лисина" in head.get(f"/sending/{number}/reached").text


def test_declined_with_a_word_it_comes_back_and_an_edit_asks_anew(
    head: Browser, secretary: Browser, engine: Engine, made: MadeSchool
) -> None:
    set_to(engine, made, confirmation_families="1")
    number = draft(head, "school")
    press_send(head, engine, number)
    seen = news(engine, number).version
    head.post(f"/sending/{number}/edit", {"title": "Иначе", "text": "Уроки есть", "circle": "school", "urgent": "yes"})
    assert news(engine, number).state == "draft"
    assert word(secretary, engine, number, True, version=seen) == 303
    assert news(engine, number).state == "draft", "it waits for nobody"
    press_send(head, engine, number)

    assert word(secretary, engine, number, True, version=seen) == 303
    assert news(engine, number).state == "waiting", "what was looked at is not what stands there now"
    assert word(secretary, engine, number, False) == 422
    assert word(secretary, engine, number, False, "Уже чинят") == 303
    deliver(engine)

    assert (news(engine, number).state, outbox(engine)) == ("declined", [])
    assert "Уже чинят" in head.get("/").text and "Уже чинят" in head.get(f"/sending/{number}").text
    assert len(mails(engine)) == 2
    press_send(head, engine, number)
    assert news(engine, number).state == "waiting"


def test_no_other_door_goes_round_it(api: Callable[[str], Api], engine: Engine, made: MadeSchool) -> None:
    head, secretary = api("head"), api("secretary")
    small = {"title": "Т", "text": "Мало", "urgent": True, "school_class": made.class_5b.id}
    set_to(engine, made, confirmation_families="1")

    number = head.post("/api/v1/announcement/", json=small).json["id"]
    deliver(engine)
    assert [body for _, body, _ in outbox(engine)] == ["Т. Мало. Шк 1"], "a class of one family needs no second person"

    version = head.get(f"/api/v1/announcement/{number}").json["result"]["version"]
    wider = {"school_class": None, "text": "Много", "version": version}
    assert head.put(f"/api/v1/announcement/{number}", json=wider).status_code == 200
    large = secretary.post("/api/v1/announcement/", json={**small, "school_class": None}).json["id"]
    deliver(engine)

    assert {news(engine, number).state, news(engine, large).state} == {"waiting"}
    assert len(outbox(engine)) == 1
    given = {"title": "Т", "text": "Не срочно"}
    assert news(engine, head.post("/api/v1/announcement/", json=given).json["id"]).state == "published"


def test_of_two_who_decide_at_the_same_moment_one_is_told_so(head: Browser, engine: Engine, made: MadeSchool) -> None:
    set_to(engine, made, confirmation_families="1")
    number = draft(head, "school")
    press_send(head, engine, number)
    version, second = news(engine, number).version, person(engine, "secretary")
    start, ended = threading.Barrier(4), []

    def decides(yes: bool) -> None:
        try:
            with transaction(engine, on_word_of(second, "announcement")) as session:
                session.get_one(Announcement, number)  # each has looked at what waits
                start.wait()
                decide(session, second, number, version, yes=yes, words="Нет")
        except Conflict as late:
            ended.append(late.key)
        else:
            ended.append("published" if yes else "declined")

    people = [threading.Thread(target=decides, args=(yes,)) for yes in (True, False, True, False)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    deliver(engine)

    assert len(ended) == 4 and sorted(ended)[1:] == ["sending.decided"] * 3
    assert sorted(ended)[0] == news(engine, number).state
    assert len(outbox(engine)) == (2 if news(engine, number).state == "published" else 0)


def test_who_wrote_it_does_not_confirm_it_with_whatever_role(
    head: Browser, secretary: Browser, engine: Engine, made: MadeSchool
) -> None:
    """One person who is head and secretary; and who asked, where another has written it."""
    set_to(engine, made, confirmation_families="1")
    with transaction(engine, SEEDER) as session:
        session.execute(
            text(
                "INSERT INTO ab_user_role (user_id, role_id) SELECT :user, id FROM ab_role"
                " WHERE name IN ('secretary', 'school administrator')"
            ),
            {"user": made.head.user_id},
            execution_options={"around_the_rule": True},
        )
    number = draft(head, "school")
    press_send(secretary, engine, number)

    assert (word(head, engine, number, True), word(secretary, engine, number, True)) == (403, 403)
    deliver(engine)
    assert (news(engine, number).state, outbox(engine)) == ("waiting", [])
