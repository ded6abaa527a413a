"""How much is told: every fact whole, or counted with the right plural, or left out by the family's wish."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.domain.sms_detail import as_wished
from app.domain.sms_packer import packed
from app.domain.sms_words import ORDER, TextRules, Told

FRIDAY = date(2026, 11, 20)


def marks(number: int) -> list[Told]:
    return [Told("mark", "Анна", "матем", "5", day=FRIDAY)] * number


def body(facts: list[Told], detail: str, language: str = "ru", most: int | None = None) -> str:
    wished = [one.fact for one in as_wished(facts, detail, language)]
    return packed(wished, TextRules(language, signature="Шк 12", most_parts=most))[0].body


def test_counts_have_the_right_plural_and_absences_stay_whole() -> None:
    absence = Told("absence", "Анна", "физ", "absent", period=3, day=FRIDAY)
    praise = Told("remark", "Анна", value="praise", text="молодец")

    assert body(marks(1), "counts") == "Анна: 1 новая оценка – в дневнике. Шк 12"
    assert body([*marks(3), praise], "counts") == "Анна: 3 новые оценки, 1 похвала – в дневнике. Шк 12"
    assert body([absence, *marks(11)], "counts") == (
        "Анна: нет на уроке: ур.3 физ 20.11. 11 новых оценок – в дневнике. Шк 12"
    )
    assert body(marks(2), "counts", "en") == "Анна: 2 new marks in the diary. Шк 12"
    assert as_wished([*marks(2), absence], "absences")[0].places == (2,)


def test_every_kind_of_news_can_be_counted() -> None:
    for record in ORDER:
        told = Told(record, "Анна", "матем", "sign" if record == "reminder" else "good", day=FRIDAY, text="упр. 3")
        if record != "count":
            assert body([told], "counts") and body([told], "counts", "en")


def test_what_has_no_room_is_counted_with_all_that_it_stands_for() -> None:
    news = Told("announcement", "", value="Собрание", text="в актовом зале в 18:00")

    assert "И ещё 7 – в дневнике" in body([news, *marks(7)], "counts", most=1)


@given(
    st.lists(
        st.builds(
            Told,
            record=st.sampled_from(["mark", "absence", "remark", "homework", "debt", "announcement", "lesson"]),
            student=st.sampled_from(["Анна", "Борис"]),
            value=st.sampled_from(["5", "praise", "absent"]),
        ),
        max_size=12,
    ),
    st.sampled_from(["full", "counts", "absences"]),
)
def test_every_fact_is_told_or_counted_once_and_only_absences_where_that_is_wished(
    facts: list[Told], detail: str
) -> None:
    wished = as_wished(facts, detail)

    places = sorted(place for one in wished for place in one.places)
    kept = [place for place, fact in enumerate(facts) if detail != "absences" or fact.record == "absence"]
    assert places == kept
    assert all(one.fact.number == len(one.places) for one in wished if one.is_count)
