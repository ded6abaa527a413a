"""Packing: the fewest segments, every fact in is out or counted, and none is cut by another."""

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.domain.sms_brief import briefly
from app.domain.sms_packer import packed, unpacked
from app.domain.sms_text import plain, segment_count
from app.domain.sms_words import ORDER, TextRules, Told
from app.domain.translit import latin

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
RULES = TextRules(signature="Шк 12")


def mark(subject: str, value: str, work: str = "", day: date | None = FRIDAY, student: str = "Анна") -> Told:
    return Told("mark", student, subject, value, work, day)


def test_a_day_is_said_once_and_marks_stand_by_subject() -> None:
    facts = [mark("матем", "5", "контр"), mark("русск", "4", "ответ"), mark("матем", "3", "дз")]

    (text,) = packed(facts, RULES)

    assert text.body == "Анна 20.11: матем 5 (контр), 3 (дз); русск 4 (ответ). Шк 12"


def test_marks_of_one_work_stand_together() -> None:
    (text,) = packed([mark("русск", "4", "дикт"), mark("русск", "3", "дикт")], RULES)

    assert text.body == "Анна 20.11: русск 4,3 (дикт). Шк 12"


def test_a_week_is_told_day_by_day_and_no_day_is_lost() -> None:
    facts = [mark("матем", "5"), mark("русск", "4"), mark("хим", "3", day=SATURDAY)]

    (text,) = packed(facts, RULES)

    assert text.body == "Анна 20.11: матем 5; русск 4. хим 3 21.11. Шк 12"


def test_lessons_missed_for_one_reason_stand_together() -> None:
    facts = [
        Told("absence", "Анна", subject, "absent", day=FRIDAY, period=at)
        for at, subject in ((1, "матем"), (2, "русск"))
    ]

    (text,) = packed(facts, RULES)

    assert text.body == "Анна 20.11: нет на уроке: ур.1 матем, 2 русск. Шк 12"


def test_homework_for_one_day_names_the_day_once() -> None:
    facts = [
        Told("homework", "Анна", "матем", text="§5, №12", due=SATURDAY),
        Told("homework", "Анна", "русск", text="упр. 3", due=SATURDAY, mandatory=False),
    ]

    (text,) = packed(facts, RULES)

    assert text.body == "Анна: ДЗ на 21.11: матем: §5, №12; русск (по желанию): упр. 3. Шк 12"


def test_homework_of_several_days_is_told_day_by_day_and_what_is_alike_once() -> None:
    facts = [
        Told("homework", "Анна", "литер", text="гл. 3", due=MONDAY),
        Told("homework", "Анна", "матем", text="№ 5", due=SATURDAY),
        Told("homework", "Анна", "русск", text="№ 5", due=SATURDAY),
        Told("homework", "Анна", "физика", due=SATURDAY, gone=True),
    ]

    (text,) = packed(facts, RULES)

    assert text.body == (
        "Анна: ДЗ физика на 21.11 отменено. ДЗ на 21.11: матем, русск: № 5. На 23.11: литер: гл. 3. Шк 12"
    )


def test_homework_is_abbreviated_only_where_that_saves_a_segment() -> None:
    short = Told("homework", "Анна", "русск", text="Упражнение 34", due=SATURDAY)
    long = Told("homework", "Анна", "русск", text="Упражнение 34, выучить определения и правило", due=SATURDAY)

    assert [text.body for text in packed([short], RULES)] == ["Анна: ДЗ русск на 21.11: Упражнение 34. Шк 12"]
    assert [text.body for text in packed([long], RULES)] == [
        "Анна: ДЗ русск на 21.11: упр. 34, уч. опред. и прав. Шк 12"
    ]


def test_what_says_that_it_is_voluntary_is_not_told_so_twice() -> None:
    task = Told("homework", "Анна", "матем", text="По желанию: № 5", due=SATURDAY, mandatory=False)

    assert [text.body for text in packed([task], RULES)] == ["Анна: ДЗ матем на 21.11: По желанию: № 5. Шк 12"]


def test_what_was_changed_or_taken_away_is_never_melted_into_others() -> None:
    changed = Told("mark", "Анна", "матем", "4", "контр", FRIDAY, before="2")
    gone = Told("mark", "Анна", "матем", "", "контр", FRIDAY, before="3", gone=True)

    (text,) = packed([mark("матем", "5", "контр"), changed, gone], RULES)

    assert text.body == "Анна 20.11: матем 5 (контр), 4 вместо 2 (контр), 3 (контр) отменено. Шк 12"


def test_what_the_familys_limit_has_no_room_for_is_counted_and_the_most_important_is_told() -> None:
    task = Told("homework", "Анна", "литер", text="читать главы 1-4, выписать характеристики героев, выучить отрывок")
    facts = [task, *(mark(subject, "5") for subject in ("матем", "русск"))]

    (text,) = packed(facts, TextRules(signature="Шк 12", most_parts=1))

    assert text.body == "Анна 20.11: матем 5; русск 5. И ещё 1 – в дневнике. Шк 12"
    assert (text.told, text.counted) == ((1, 2), (0,))


def test_a_limit_that_holds_no_fact_tells_their_number() -> None:
    long = Told("remark", "Анна", text="очень " * 40, value="remark")

    (text,) = packed([long], TextRules(language="en", signature="Шк 12", most_parts=1))

    assert text.body == "News: 1 in the diary. Шк 12"


def test_facts_that_would_cost_a_segment_more_together_are_told_one_after_the_other() -> None:
    lessons = [Told("lesson", "Анна", "матем", day=day, period=at) for day, at in ((SATURDAY, 6), (FRIDAY, 2))]
    facts = [mark("матем", "5", "дз", SATURDAY), mark("матем", "5", day=None), *lessons]

    (text,) = packed(facts, RULES)

    assert text.body == "Анна: матем 5 (дз) 21.11; матем 5; 21.11 6 матем; 20.11 2 матем. Шк 12"
    assert text.parts == 1


def test_nothing_to_tell_makes_no_text() -> None:
    assert packed([], RULES) == []


tasks = st.lists(
    st.sampled_from(
        ["Выучить", "правило", "Упражнение", "стр. 7", "№ 34, 34а", "стихотворение", "наизусть", "прочитать"]
    ),
    min_size=1,
    max_size=8,
).map(" ".join)
written = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=400)
said = tasks | written | st.sampled_from(["§5 {x} [y]", "€ ~ ^", "упр. 12", "Read p. 5", "😀" * 80, "|" * 200])
students = st.sampled_from(["Анна", "Борис", "Ёлка 🎄", "Mary", "[Zoë]~"])
subjects = st.sampled_from(["матем", "русск", "физ-ра", "maths", "ин.яз {2}"])
days = st.sampled_from([FRIDAY, SATURDAY])
maybe_days = st.none() | days
periods = st.integers(1, 8)
OF_KIND: dict[str, dict[str, st.SearchStrategy]] = {
    "mark": {"value": st.sampled_from(["5", "2", "н/а"]), "before": st.sampled_from([None, None, "3"]),
             "work_type": st.sampled_from(["", "контр", "дз"]), "day": maybe_days, "gone": st.booleans()},
    "absence": {"value": st.sampled_from(["absent", "late", "ill"]), "day": maybe_days, "gone": st.booleans(),
                "period": st.none() | periods},
    "remark": {"value": st.sampled_from(["remark", "praise"]), "text": said, "gone": st.booleans()},
    "behaviour_mark": {"value": st.sampled_from(["good", "poor"]), "day": days, "text": said},
    "homework": {"text": said, "due": maybe_days, "bring": st.sampled_from(["", "краски €"]),
                 "mandatory": st.booleans(), "gone": st.booleans()},
    "debt": {"value": st.sampled_from(["debt", "reminder"]), "due": maybe_days, "text": said, "gone": st.booleans()},
    "announcement": {"value": said, "text": said, "student": st.just("")},
    "term_mark": {"value": st.sampled_from(["5", "2"]), "text": st.sampled_from(["1 четверть", "year"]),
                  "before": st.sampled_from([None, "3"])},
    "reminder": {"value": st.sampled_from(["sign", "day", "test", "meeting", "soon"]), "day": maybe_days, "text": said},
    "absence_notice": {"value": st.sampled_from(["accepted", "declined"]), "day": days, "due": maybe_days,
                       "text": said},
    "timetable": {"day": days, "period": periods, "gone": st.booleans(), "was_day": maybe_days, "was_period": periods,
                  "room": st.sampled_from(["", "12"]), "teacher": st.sampled_from(["", "Иванова О"])},
    "lesson": {"day": maybe_days, "period": periods, "gone": st.booleans()},
    "average": {"value": st.sampled_from(["4,75", "3"]), "text": st.sampled_from(["", "4,5"])},
    "count": {"text": st.sampled_from(["4 новые оценки", "2 debts"]), "number": st.integers(1, 20)},
}  # fmt: skip


@st.composite
def a_week(draw: st.DrawFn) -> list[Told]:
    """Few children and kinds, so that facts meet that can be told together; or any."""
    kinds = draw(st.lists(st.sampled_from(ORDER), min_size=1, max_size=5, unique=True))
    children = st.sampled_from(draw(st.lists(students, min_size=1, max_size=3, unique=True)))
    common = {"student": children, "subject": subjects}
    one = st.one_of([st.builds(Told, st.just(kind), **common | OF_KIND[kind]) for kind in kinds])
    return draw(st.lists(one, min_size=1, max_size=14))


facts_of_a_week = a_week()
scripts = st.sampled_from(["cyrillic", "latin"])
languages = st.sampled_from(["ru", "en"])
limits = st.integers(1, 10)


def test_every_kind_of_fact_is_tried() -> None:
    assert set(OF_KIND) == set(ORDER)


@given(tasks | written)
def test_abbreviating_homework_keeps_every_number_and_never_makes_it_longer(task) -> None:
    brief = briefly(task)

    assert re.findall(r"\d+", brief) == re.findall(r"\d+", task)
    assert len(brief) <= len(task)
    assert briefly(brief) == brief


@given(facts_of_a_week, languages, scripts, limits)
def test_every_fact_stands_in_one_text_and_no_text_is_too_long(told, language, script, longest) -> None:
    texts = packed(told, TextRules(language, script, longest, "Шк 12"))

    assert sorted(place for text in texts for place in text.told) == list(range(len(told)))
    for text in texts:
        assert text.parts <= longest
        assert text.body.endswith(latin("Шк 12") if script == "latin" else "Шк 12")
        if len(text.told) > 1:
            _tells(text.body, [told[place] for place in text.told], script)


@given(facts_of_a_week, languages, scripts)
def test_packing_never_costs_more_than_saying_it_one_after_the_other(told, language, script) -> None:
    rules = TextRules(language, script, longest_parts=99, signature="Шк 12")

    (text,) = packed(told, rules)

    in_order = sorted(told, key=lambda fact: ORDER.index(fact.record))
    assert text.parts <= segment_count(unpacked(in_order, rules))


@given(facts_of_a_week, languages, scripts, limits)
def test_under_a_limit_every_fact_is_told_or_counted(told, language, script, most) -> None:
    (text,) = packed(told, TextRules(language, script, signature="Шк 12", most_parts=most))

    assert text.parts <= most
    assert sorted((*text.told, *text.counted)) == list(range(len(told)))
    _tells(text.body, [told[place] for place in text.told], script)
    if text.counted:
        left = sum(told[place].number for place in text.counted)
        assert re.search(rf"(?<!\d){left} ", text.body.rsplit(". ", 2)[-2]), text.body


def _tells(body: str, facts: list[Told], script: str) -> None:
    """Whatever tells one fact from another can be read in the text."""
    for fact in facts:
        wanted = [fact.student, *_says(fact)]
        for word in wanted:
            forms = {word, briefly(word)} if fact.record == "homework" else {word}
            assert any(plain(latin(one) if script == "latin" else one) in plain(body) for one in forms), (word, body)


def _says(fact: Told) -> list[str]:
    """The parts of a fact that no packing may leave out."""
    day = f"{fact.day:%d.%m}" if fact.day else ""
    due = f"{fact.due:%d.%m}" if fact.due else ""
    text = " ".join(fact.text.split()).rstrip(" .")[:200].strip()
    value = (fact.before or fact.value) if fact.gone else fact.value
    numbers = re.findall(r"\d+[а-я]?", text)  # of homework: words may be abbreviated
    lesson = [fact.subject, str(fact.period or ""), day]
    return {
        "mark": [fact.subject, value, fact.work_type, day],
        "absence": lesson,
        "remark": [text],
        "behaviour_mark": [day, text],
        "homework": [fact.subject, due] if fact.gone else [fact.subject, due, *numbers, fact.bring],
        "debt": [fact.subject] if fact.gone else [fact.subject, due, text],
        "announcement": [text],
        "term_mark": [fact.subject, value],
        "reminder": [day] if fact.value == "sign" else [day, text],
        "absence_notice": [day, due, text],
        "timetable": lesson if fact.gone else [*lesson, fact.room, fact.teacher],
        "lesson": lesson,
        "average": [fact.subject, fact.value, fact.text],
        "count": [fact.text],
    }[fact.record]
