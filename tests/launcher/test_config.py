"""Settings: what each takes, and how a wrong one is refused."""

import pytest

import config
from config import WrongSetting

LONG_KEY = "k" * 32
PRODUCTION = {"ZVONOK_ENV": "production", "ZVONOK_SECRET_KEY": LONG_KEY, "ZVONOK_BASE_URL": "https://school.example"}


def test_nothing_set_is_a_demo_on_this_machine():
    settings = config.load({})

    assert settings.is_demo
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.var == config.ROOT / "var"
    assert settings.has_simulator
    assert settings.effective_smsc_url == (
        "smpp://zvonok:zvonok@127.0.0.1:2775/?source=ZVONOK&reply_to=79000000000&window=50&rate=0"
    )


@pytest.mark.parametrize(
    ("variable", "wrong"),
    [
        ("ZVONOK_ENV", "staging"),
        ("ZVONOK_HOST", "127.0.0.1/"),
        ("ZVONOK_PORT", "99999"),
        ("ZVONOK_PORT", "0"),
        ("ZVONOK_PORT", "８０８０"),
        ("ZVONOK_BASE_URL", "school.example"),
        ("ZVONOK_VAR", "~nobody-of-this-name/var"),
        ("ZVONOK_DATABASE_URL", "mysql://school"),
        ("ZVONOK_DATABASE_URL", "postgresql://owner:word@db"),
        ("ZVONOK_DATABASE_APP_URL", "postgresql://db:port/school"),
        ("ZVONOK_REDIS_URL", "localhost:6379"),
        ("ZVONOK_SECRET_KEY", "short"),
        ("ZVONOK_SMSC_URL", "http://smsc"),
        ("ZVONOK_SMSC_URL", "smpp://"),
        ("ZVONOK_SMSC_URL", "smpp://school:word@smsc:2775/?window=many"),
        ("ZVONOK_SMSC_URL", "smpp://school:word@smsc:2775/?window=0"),
        ("ZVONOK_SMSC_URL", "smpp://school:nine-char@smsc:2775/"),
        ("ZVONOK_SIMULATOR_PORT", "x"),
        ("ZVONOK_SIMULATOR_HTTP_PORT", "-1"),
        ("ZVONOK_MAIL_URL", "pop3://mail"),
        ("ZVONOK_MAIL_URL", "smtp:"),
        ("ZVONOK_TIMEZONE", "Moscow"),
        ("ZVONOK_LOCALE", "de"),
        ("ZVONOK_WEB_PROCESSES", "0"),
        ("ZVONOK_WEB_THREADS", "many"),
    ],
)
def test_wrong_value_names_its_variable(variable, wrong):
    with pytest.raises(WrongSetting, match=f"^{variable}: ") as refused:
        config.load({variable: wrong})

    assert refused.value.variable == variable
    assert refused.value.takes.startswith("takes ")


def test_complaint_does_not_show_a_password():
    with pytest.raises(WrongSetting) as refused:
        config.load({"ZVONOK_DATABASE_URL": "postgres:owner:hidden-word"})

    assert "hidden-word" not in str(refused.value)


def test_settings_do_not_show_passwords():
    settings = config.load({"ZVONOK_SECRET_KEY": LONG_KEY, "ZVONOK_REDIS_URL": "redis://:hidden-word@redis/"})

    assert LONG_KEY not in repr(settings)
    assert "hidden-word" not in repr(settings)


@pytest.mark.parametrize("variable", ["ZVONOK_SECRET_KEY", "ZVONOK_BASE_URL"])
def test_production_asks_for_key_and_https(variable):
    with pytest.raises(WrongSetting) as refused:
        config.load({**PRODUCTION, variable: ""})

    assert refused.value.variable == variable


def test_production_refuses_an_address_without_https():
    with pytest.raises(WrongSetting, match="https"):
        config.load({**PRODUCTION, "ZVONOK_BASE_URL": "http://school.example"})


def test_production_has_no_simulator():
    settings = config.load(PRODUCTION)

    assert not settings.has_simulator
    assert settings.effective_smsc_url is None


def test_a_link_takes_the_place_of_the_simulator():
    settings = config.load({"ZVONOK_SMSC_URL": "smpp://school:word@smsc:2775/?source=SCHOOL"})

    assert not settings.has_simulator
    assert settings.effective_smsc_url == "smpp://school:word@smsc:2775/?source=SCHOOL"


def test_ports_differ():
    with pytest.raises(WrongSetting, match="ZVONOK_PORT"):
        config.load({"ZVONOK_PORT": "2775"})


def test_an_empty_variable_is_one_that_is_not_set():
    assert config.load({"ZVONOK_PORT": ""}).port == 8080


def test_file_beside_config_serves_and_the_environment_wins(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("ZVONOK_PORT=8181\nZVONOK_LOCALE=en\n", encoding="utf-8")
    monkeypatch.setattr(config, "ROOT", tmp_path)
    monkeypatch.setenv("ZVONOK_LOCALE", "ru")
    monkeypatch.delenv("ZVONOK_PORT", raising=False)

    settings = config.load()

    assert settings.port == 8181
    assert settings.locale == "ru"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_sqlalchemy_gets_the_driver(scheme):
    url = config.sqlalchemy_url(f"{scheme}://owner:word@db:5432/school?sslmode=verify-full")

    assert url == "postgresql+psycopg://owner:word@db:5432/school?sslmode=verify-full"


def test_address_with_an_ipv6_host_has_brackets():
    assert config.load({"ZVONOK_HOST": "::1"}).public_url == "http://[::1]:8080"
