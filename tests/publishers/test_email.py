"""A mail says the finding, is the same every time, and is handed over once, or it says why not."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from insights import plugins
from insights.digest.render import LARGEST_HTML, render
from insights.errors import InsightsError, PublishError, Undecided
from insights.publishers.email import LARGEST, Email, EmailOptions
from tests.digest import example
from tests.publishers.postoffice import PASSWORD, PostOffice, make_certificate, open_office

ANN, BEN = "ann@example.org", "ben@example.org"


def mailer(
    office: PostOffice | None = None, *, patience: float = 5, context=None, **options
) -> Email:
    told = {
        "host": "127.0.0.1", "port": office.port if office else 25, "tls": "none",
        "from": "Insights <insights@example.org>", "to": [ANN, BEN], **options,
    }  # fmt: skip
    return Email("mail", EmailOptions.model_validate(told), patience=patience, context=context)


def letter(email: Email, digest=None, to: str = ANN) -> bytes:
    documents = render(digest or example.full())
    return email.write("D-1", documents, to=to, key=f"D-1/mail/{to}")


def send(email: Email, to: str = ANN) -> str:
    return email.deliver(letter(email, to=to), to=to, key=f"D-1/mail/{to}")


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_office() as made:
        yield made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


def test_it_comes_in_by_the_plugin_door():
    assert plugins.publisher("email") is Email


def test_the_mail_has_the_finding_as_its_subject_and_both_parts_whole(office):
    """What arrives, after the server: subject, HTML and text as they were rendered."""
    digest = example.full()
    assert send(mailer(office)) == ANN
    mail = message_from_bytes(office.taken[0][1], policy=default)
    assert mail["Subject"] == digest.headline
    assert (mail["To"], mail["From"]) == (ANN, "Insights <insights@example.org>")
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    documents = render(digest)
    assert text.replace("\r\n", "\n").strip() == documents["txt"].decode().strip()
    assert html.replace("\r\n", "\n").strip() == documents["html"].decode().strip()


def test_the_same_delivery_is_the_same_bytes_and_another_has_another_name():
    email = mailer()
    assert letter(email) == letter(email)
    ann, ben = (message_from_bytes(letter(email, to=to)) for to in (ANN, BEN))
    assert ann["Date"] == ben["Date"] == "Mon, 13 Jul 2026 04:00:00 +0000"
    assert ann["Message-ID"] != ben["Message-ID"]
    assert ann["Message-ID"].endswith("@example.org>")


def test_machines_are_told_that_a_machine_writes_and_how_to_make_it_stop():
    mail = message_from_bytes(letter(mailer(reply_to="team@example.org")))
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<mail.insights.example.org>"
    assert mail["List-Unsubscribe"] == "<mailto:team@example.org?subject=unsubscribe>"
    assert mail["Reply-To"] == "team@example.org"


LONG = "Die Übertragung stürzt ab, überall und für alle, größer als je zuvor. "


@pytest.mark.parametrize(
    "digest",
    [
        pytest.param(example.full(), id="full"),
        pytest.param(example.quiet(), id="quiet"),
        pytest.param(
            example.full().model_copy(
                update={
                    name: tuple(
                        item.model_copy(update={"title": LONG * 3, "next_step": LONG * 5})
                        for item in getattr(example.full(), name)
                    )
                    for name in ("decisions", "problems", "requests")
                }
            ),
            id="much in another script",
        ),
    ],
)  # fmt: skip
def test_a_mail_stays_below_what_is_clipped(digest):
    """100 kB with everything, of which the HTML has at most 80 kB; no line is too long."""
    sent = letter(mailer(), digest)
    assert len(sent) <= LARGEST == 100_000
    html = message_from_bytes(sent, policy=default).get_body(("html",)).get_content()
    assert len(html.replace("\r\n", "\n").encode()) <= LARGEST_HTML + 1
    assert max(len(line) for line in sent.split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    "headline",
    [
        pytest.param("Sync\r\nBcc: everyone@example.org\r\n\r\nhello", id="line breaks"),
        pytest.param("Sync \u202e\u0000\x1b[31m stops " + "x" * 5000, id="control characters"),
        pytest.param("=?utf-8?q?=0D=0ABcc:_everyone=40example.org?=", id="an encoded word"),
        pytest.param("=\u200b?utf-8?q?=0D=0ABcc:_x=40y.org?\u200b=", id="a hidden encoded word"),
    ],
)
def test_people_write_no_headers(headline):
    """Whatever stands in a title stays in the subject."""
    sent = letter(mailer(), example.full().model_copy(update={"headline": headline}))
    mail = message_from_bytes(sent)
    assert mail["Bcc"] is None
    plain = message_from_bytes(letter(mailer()))
    assert [name for name, _ in mail.items()] == [name for name, _ in plain.items()]
    assert len(mail["Subject"]) < 1200


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"to": ["ann@example.org\r\nBcc: x@example.org"]}, id="line break in to"),
        pytest.param({"to": ["ann"]}, id="no address"),
        pytest.param({"to": []}, id="nobody"),
        pytest.param({"from": "Insights\r\nBcc: x@y.org <a@example.org>"}, id="line break in from"),
        pytest.param({"reply_to": "nobody"}, id="no address to answer"),
        pytest.param({"user": "ann"}, id="a user without a password"),
        pytest.param(
            {"host": "smtp.example.org", "user": "ann", "password": "$X"}, id="a password in clear"
        ),
        pytest.param({"tls": "ssl"}, id="an unknown encryption"),
        pytest.param({"hots": "x"}, id="a mistyped option"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(options):
    with pytest.raises(ValidationError):
        mailer(**options)


def test_a_test_mail_to_somebody_who_is_no_address_is_refused():
    with pytest.raises(PublishError, match="no mail address"):
        letter(mailer(), to="ann\r\nBcc: x@example.org")


# --- who did not take it, and what is known of that --------------------------------------------


def test_a_reader_who_is_refused_keeps_nobody_else_from_it(office):
    office.refused = {ANN}
    with pytest.raises(PublishError, match=r"refused ann@example.org: 550 5\.1\.1 nobody") as told:
        send(mailer(office), ANN)
    assert not isinstance(told.value, Undecided)
    assert send(mailer(office), BEN) == BEN
    assert office.readers == [BEN]


def test_who_is_greylisted_gets_the_same_letter_later(office):
    office.greylisted = {ANN}
    email = mailer(office)
    with pytest.raises(PublishError, match=r"451 4\.7\.1 greylisted"):
        send(email)
    send(email)
    assert office.readers == [ANN]


SURE = {
    "dies at the greeting": {"dies": "greeting"},
    "dies in the middle of the letter": {"dies": "middle"},
    "stalls at the greeting": {"stalls": "greeting"},
    "refuses the letter for now": {"answer": "451 try later"},
    "refuses the letter": {"answer": "554 5.7.1 looks like spam"},
}


@pytest.mark.parametrize("trouble", SURE)
def test_what_surely_was_not_taken_is_said_to_be_so(office, trouble):
    vars(office).update(SURE[trouble])
    with pytest.raises(PublishError) as told:
        send(mailer(office, patience=0.4))
    assert not isinstance(told.value, Undecided)
    assert office.taken == []


@pytest.mark.parametrize("trouble", ["dies", "stalls"])
def test_a_server_that_had_it_all_and_did_not_answer_leaves_it_undecided(office, trouble):
    """The server of this test did take it: sending it again would be the second time."""
    setattr(office, trouble, "end")
    with pytest.raises(Undecided, match=r"had the whole mail to ann@example\.org"):
        send(mailer(office, patience=0.1))
    assert office.readers == [ANN]


def test_nobody_at_the_door_is_told_with_the_name_of_the_server():
    began = time.monotonic()
    with pytest.raises(PublishError, match=r"127\.0\.0\.1 could not be reached"):
        send(mailer(port=9))
    assert time.monotonic() - began < 2


# --- encryption and passwords ------------------------------------------------------------------


def test_the_connection_is_encrypted_and_the_password_goes_through_it(certificate, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    trusted = ssl.create_default_context(cafile=str(certificate))
    with open_office(certificate, locked=True) as office:
        email = mailer(
            office, tls="starttls", user="ann", password=SecretStr("$SMTP_PASSWORD"),
            context=trusted,
        )  # fmt: skip
        send(email)
    assert office.readers == [ANN]
    assert office.encrypted


def test_a_certificate_that_nobody_vouches_for_stops_it(certificate):
    with open_office(certificate) as office:
        with pytest.raises(PublishError, match=r"certificate of 127\.0\.0\.1 cannot be trusted"):
            send(mailer(office, tls="starttls"))
        assert office.taken == []


def test_a_server_without_encryption_is_not_used_unless_it_was_said(office):
    with pytest.raises(PublishError, match="offers no STARTTLS; set tls"):
        send(mailer(office, tls="starttls"))
    assert office.taken == []


def test_a_wrong_password_is_told_and_never_shown(certificate, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "a-wrong-password")
    trusted = ssl.create_default_context(cafile=str(certificate))
    with open_office(certificate, locked=True) as office:
        email = mailer(
            office, tls="starttls", user="ann", password=SecretStr("$SMTP_PASSWORD"),
            context=trusted,
        )  # fmt: skip
        with pytest.raises(PublishError, match=r"refused user and password .*check both") as told:
            send(email)
    assert "a-wrong-password" not in str(told.value)


def test_a_password_that_is_not_set_names_its_variable(certificate, monkeypatch):
    monkeypatch.delenv("SMTP_PASSWORD", raising=False)
    trusted = ssl.create_default_context(cafile=str(certificate))
    with open_office(certificate, locked=True) as office:
        email = mailer(
            office, tls="starttls", user="ann", password=SecretStr("$SMTP_PASSWORD"),
            context=trusted,
        )  # fmt: skip
        with pytest.raises(InsightsError, match="SMTP_PASSWORD, which is not set"):
            send(email)
