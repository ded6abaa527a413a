"""`check --deploy` names every weak setting."""

from dataclasses import replace

import pytest

import config
from app.models import SmsLink
from app.session.actors import SEEDER
from app.session.engine import make_engine, transaction
from launcher import deploy
from tests.web.people import a_school, execute
from tests.web_support import add_account

STRONG = {
    "ZVONOK_ENV": "production",
    "ZVONOK_SECRET_KEY": "b8x-Tq1LzR0wPjv7KcYd2MhNf5sGaE9u",
    "ZVONOK_BASE_URL": "https://school.example",
    "ZVONOK_METRICS_TOKEN": "a-long-random-token-0001",
    "ZVONOK_MAIL_URL": "smtps://school:word@mail.example/",
    "ZVONOK_SMSC_URL": "smpps://school:word@smsc.example:3550/",
    "ZVONOK_REDIS_URL": "rediss://:word@redis.example/",
    "ZVONOK_DATABASE_URL": "postgresql://owner:word@db.example/school?sslmode=verify-full",
}


def weak(tmp_path, **changes: str) -> list[str]:
    settings = config.load({**STRONG, "ZVONOK_VAR": str(tmp_path / "var"), **changes})
    return [*deploy.of_settings(settings), *deploy.of_links(settings)]


def test_strong_settings_are_not_complained_about(tmp_path):
    assert weak(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ZVONOK_ENV": "demo"}, "ZVONOK_ENV is demo"),
        ({"ZVONOK_ENV": "demo", "ZVONOK_BASE_URL": ""}, "ZVONOK_BASE_URL is not https"),
        ({"ZVONOK_ENV": "demo", "ZVONOK_SECRET_KEY": ""}, "ZVONOK_SECRET_KEY is not set"),
        ({"ZVONOK_SECRET_KEY": "k" * 40}, "ZVONOK_SECRET_KEY is weak"),
        ({"ZVONOK_BASE_URL": "https://127.0.0.1"}, "lead families nowhere"),
        ({"ZVONOK_DATABASE_APP_URL": "postgresql://app:w@db.example/school"}, "ZVONOK_DATABASE_APP_URL goes over"),
        ({"ZVONOK_HOST": "0.0.0.0"}, "ZVONOK_HOST is 0.0.0.0"),
        ({"ZVONOK_METRICS_TOKEN": ""}, "ZVONOK_METRICS_TOKEN"),
        ({"ZVONOK_MAIL_URL": "file:"}, "ZVONOK_MAIL_URL is a folder"),
        ({"ZVONOK_MAIL_URL": "smtp://mail.example"}, "ZVONOK_MAIL_URL"),
        ({"ZVONOK_DEMO_PASSWORD": "word"}, "ZVONOK_DEMO_PASSWORD is set"),
        ({"ZVONOK_REDIS_URL": "redis://:word@redis.example/"}, "ZVONOK_REDIS_URL goes over the network without TLS"),
        ({"ZVONOK_REDIS_URL": "rediss://redis.example/"}, "ZVONOK_REDIS_URL has no password"),
        ({"ZVONOK_DATABASE_URL": "postgresql://o:w@db.example/school"}, "without ?sslmode=verify-full"),
        ({"ZVONOK_SMSC_URL": ""}, "ZVONOK_SMSC_URL is not set"),
        ({"ZVONOK_SMSC_URL": "smpp://school:word@smsc.example:2775/"}, "ZVONOK_SMSC_URL is not smpps"),
    ],
)
def test_weak_setting_is_named(tmp_path, changes, words):
    assert any(words in sentence for sentence in weak(tmp_path, **changes))


def test_servers_of_this_machine_need_no_tls(tmp_path):
    here = {
        "ZVONOK_REDIS_URL": "redis://127.0.0.1/",
        "ZVONOK_DATABASE_URL": "postgresql://owner:word@localhost/school",
        "ZVONOK_SMSC_URL": "smpp://school:word@127.0.0.1:2775/",
    }

    assert weak(tmp_path, **here) == []


def test_superuser_as_the_application_is_named(database, settings):
    strong = list(deploy.of_database(settings))
    settings_of_owner = replace(settings, database_app_url=database.owner_url)

    weak_ones = list(deploy.of_database(settings_of_owner))

    assert not any("superuser" in sentence for sentence in strong)
    assert any("superuser" in sentence for sentence in weak_ones)


def test_folder_of_state_that_others_may_read_is_named(tmp_path):
    settings = config.load({"ZVONOK_VAR": str(tmp_path / "var")})
    settings.var.mkdir()
    settings.var.chmod(0o755)

    assert any(f"{settings.var} may be read by other accounts" in sentence for sentence in deploy.of_files(settings))


def test_name_that_is_no_setting_is_told(monkeypatch):
    monkeypatch.setenv("ZVONOK_PROT", "8081")

    assert "ZVONOK_PROT is no setting: see config.py." in list(deploy.of_names())


def test_what_a_school_sets_weakly_for_its_accounts_is_named(settings, database):
    school = a_school(database)
    assert list(deploy.of_accounts(settings)) == []  # the defaults are strong

    weak_ones = {
        "idle_lock_minutes": ("0", "never lock"),
        "proof_minutes": ("240", "changes roles"),
        "shortest_password": ("8", "take 10 or more"),
        "one_time_days": ("60", "a slip that was lost"),
        "invitation_days": ("365", "a letter that was lost"),
        "sms_countries": ("all", "dear foreign number"),
        "second_factor_roles": (
            "директор, secretary",
            "does not name school administrator, administrator of all schools, authority",
        ),
    }
    for name, (value, words) in weak_ones.items():
        execute(
            database,
            "INSERT INTO school_setting (version, school_id, name, value) VALUES (1, %s, %s, %s)",
            school,
            name,
            value,
        )
        assert any(name in sentence and words in sentence for sentence in deploy.of_accounts(settings)), name


def test_powerful_accounts_without_a_second_factor_are_counted(settings, database):
    user_id = add_account(database, "ivanova")
    execute(
        database, "INSERT INTO ab_user_role (user_id, role_id) SELECT %s, id FROM ab_role WHERE name = 'head'", user_id
    )
    assert list(deploy.of_accounts(settings)) == [
        "1 account(s) of administrators, heads, secretaries, authority lack a second factor."
    ]
    execute(
        database,
        "INSERT INTO second_factor (user_id, salt, confirmed_at, last_step) VALUES (%s, 'x', now(), 0)",
        user_id,
    )
    execute(
        database,
        "INSERT INTO ab_user_role (user_id, role_id) SELECT %s, id FROM ab_role WHERE name = 'Break glass'",
        user_id,
    )

    [sentence] = deploy.of_accounts(settings)
    assert "Break glass" in sentence


def test_a_role_made_up_that_reaches_far_wants_a_second_factor_and_what_lies_about_is_told(settings, database):
    school = a_school(database)
    add_account(database, "deputy", [("can_edit", "RoleModelView")])
    user_id = add_account(database, "new", [("can_see", "breadth.my_school")])
    execute(
        database,
        "INSERT INTO one_time_password (user_id, created_at) VALUES (%s, now() - interval '40 days')",
        user_id,
    )
    engine = make_engine(config.sqlalchemy_url(database.app_url))
    with transaction(engine, SEEDER) as session:
        link = {"host": "smsc.example", "port": 2775, "system_id": "x", "password": "x", "active": True, "tls": False}
        session.add(SmsLink(school_id=school, name="Второй", **link))
    engine.dispose()

    told = "\n".join(deploy.of_accounts(settings))

    assert "second_factor_roles does not name role of deputy." in told
    assert "role of new" not in told
    assert "The SMS link Второй of the console has no TLS" in told
    assert "1 one-time password(s) were not used for 30 days" in told
