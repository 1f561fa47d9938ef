//! Mails, by SMTP.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Encryption, TlsParameters};
use lettre::transport::smtp::response::Code;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::http::innermost;
use super::{Delivery, Receipt, SendError, Sent};
use crate::config::{Email, Tls};
use crate::text::{cut, first};

/// How long a server has for each of its answers.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long it has for all of them.
const PATIENCE_FOR_ALL: Duration = Duration::from_mins(1);
/// The most letters of a subject.
const LONGEST_SUBJECT: usize = 250;
/// The port on which a connection is encrypted from its beginning.
const SUBMISSIONS: u16 = 465;

/// Sends a mail to all addresses of the recipient, which commas part. The same notice twice has one Message-ID, by which
/// mailboxes tell that they have it; a later one of the same group replies to the first.
pub(super) async fn send(email: &Email, delivery: &Delivery<'_>) -> Result<Sent, SendError> {
    let from: Mailbox = email.from.parse().map_err(|_| SendError::permanent("service.email.from is no address"))?;
    let id = format!("<{}@{}>", delivery.id, from.email.domain());
    let message = message(email, from, &id, delivery)?;
    let sent = tokio::time::timeout(PATIENCE_FOR_ALL, transport(email)?.send(message)).await;
    let slow = || SendError::unanswered(format!("the mail server {} took more than {PATIENCE_FOR_ALL:?}", email.host));
    sent.map_err(|_| slow())?.map_err(|error| refused(email, &error))?;
    let receipt = delivery.before.cloned().unwrap_or(Receipt { place: String::new(), id });
    Ok(Sent { receipt: Some(receipt) })
}

fn message(email: &Email, from: Mailbox, id: &str, delivery: &Delivery<'_>) -> Result<Message, SendError> {
    let text = delivery.notice.email.clone().unwrap_or_default();
    let said = &delivery.notice.message;
    let (subject, body) = (first(&[&text.subject, said]), first(&[&text.body, said]));
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    if subject.is_empty() && body.trim().is_empty() {
        return Err(SendError::template("the template gives neither a message nor email.subject; give it one"));
    }
    let mut message =
        Message::builder().from(from).message_id(Some(id.to_owned())).subject(cut(&subject, LONGEST_SUBJECT));
    message = message.date(delivery.at.into());
    for address in delivery.recipient.split(',').map(str::trim).filter(|address| !address.is_empty()) {
        let to: Result<Mailbox, _> = address.parse();
        let wrong = |_| SendError::permanent(format!("{address:?} is no address; correct the subscription"));
        message = message.to(to.map_err(wrong)?);
    }
    let kind = if email.html { ContentType::TEXT_HTML } else { ContentType::TEXT_PLAIN };
    let message = reply_to(message, delivery.before).header(kind).body(body.to_owned());
    message
        .map_err(|error| SendError::permanent(format!("the mail cannot be written: {error}; correct the subscription")))
}

/// In the thread of the mail before, if there is one.
fn reply_to(message: MessageBuilder, before: Option<&Receipt>) -> MessageBuilder {
    match before {
        Some(first) => message.in_reply_to(first.id.clone()).references(first.id.clone()),
        None => message,
    }
}

fn transport(email: &Email) -> Result<AsyncSmtpTransport<Tokio1Executor>, SendError> {
    let parameters = TlsParameters::builder(email.host.clone()).dangerous_accept_invalid_certs(email.insecure).build();
    let parameters = parameters.map_err(|error| {
        SendError::permanent(format!("service.email.host cannot be encrypted to: {}", innermost(&error)))
    })?;
    let encryption = match email.tls {
        Tls::Never => Encryption::None,
        Tls::Always => Encryption::Wrapper(parameters),
        Tls::Auto if email.port == SUBMISSIONS => Encryption::Wrapper(parameters),
        // A password never goes out in the clear, even if somebody between takes the offer of STARTTLS away.
        Tls::Auto if email.login.is_none() => Encryption::Opportunistic(parameters),
        Tls::Auto | Tls::StartTls => Encryption::Required(parameters),
    };
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&email.host).port(email.port);
    let transport = transport.tls(encryption).timeout(Some(PATIENCE));
    Ok(match &email.login {
        Some((user, password)) => {
            transport.credentials(Credentials::new(user.clone(), password.reveal().to_owned())).build()
        }
        None => transport.build(),
    })
}

/// What an error means: 5xx is a no, all else may be otherwise later.
fn refused(email: &Email, error: &lettre::transport::smtp::Error) -> SendError {
    let text = format!("the mail server {}:{}: {}", email.host, email.port, innermost(error));
    match error.status() {
        Some(code) if is_of_credentials(code) => SendError::refused(format!("{text} ({code})")),
        Some(code) if error.is_permanent() => SendError::permanent(format!("{text} ({code})")),
        Some(code) => SendError::temporary(format!("{text} ({code})")),
        // It has no STARTTLS, or no way to log in that is known here.
        None if error.is_tls() || error.is_client() => SendError::permanent(text),
        None if error.is_timeout() => SendError::unanswered(text),
        None => SendError::temporary(text),
    }
}

/// Whether a code is about the user and the password: 530, 534, 535 and 538.
/// <https://www.rfc-editor.org/rfc/rfc4954#section-6>
fn is_of_credentials(code: Code) -> bool {
    ["530", "534", "535", "538"].contains(&code.to_string().as_str())
}
