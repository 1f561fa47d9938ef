//! The services that carry notices. The only part of this crate that does I/O.
//!
//! One file a service. Each sends once, tells whether it may be tried again, and never says a credential, or an address that
//! works as one. When to try again, how often, and how many messages a minute go to one channel, is the caller's.

mod alertmanager;
mod discord;
mod email;
#[cfg(test)]
pub(crate) mod fake;
mod gate;
mod google_chat;
mod grafana;
mod http;
mod opsgenie;
mod pager_duty;
pub mod slack;
mod teams;
#[cfg(test)]
mod tests;
mod webhook;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sluice_analysis::provider::{Http, client, network};

use crate::Id;
use crate::config::{Kind, Notice, Service};
use crate::text::cut;
use gate::Gate;

/// One notice on its way to one recipient.
#[derive(Clone, Debug)]
pub struct Delivery<'d> {
    /// The same for each attempt, so that a service that can show it once does.
    pub id: &'d Id,
    /// Who, in the words of the service: a channel, an address, …
    pub recipient: &'d str,
    /// What is said.
    pub notice: &'d Notice,
    /// When it happened.
    pub at: Timestamp,
    /// What the notices of the same group gave so far ([`Sent::receipt`]): Slack's thread, a mail to reply to.
    pub before: Option<&'d Receipt>,
}

/// A notice was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What there is to be referred to later, if the service says so: of a group, its first.
    pub receipt: Option<Receipt>,
}

/// What refers to a notice that was sent; to be kept in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Where it is, such as the identifier of Slack's channel; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Which it is there: Slack's `ts`, a mail's Message-ID, …
    pub id: String,
}

/// A notice was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SendError {
    /// What that means for the next attempt.
    pub kind: Failure,
    /// What went wrong, and what to do. Without credentials and without addresses that work as one.
    pub text: String,
}

/// What a failure means for the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It will fail again until somebody changes something.
    Permanent,
    /// The same, by what the template's texts give: other words would be taken. Nothing was told.
    Template,
    /// It may work later; not before this time passed, where the service says so.
    Temporary {
        /// What the service asks to wait.
        retry_after: Option<Duration>,
    },
    /// It may have been taken: the service said nothing in its time. Each repeat may tell it twice.
    Unanswered,
    /// It does not take the credentials, or they do not allow it. Nothing was told, whatever it was: it will be taken once somebody
    /// changes them.
    Refused,
    /// What was to be edited or replied to is not there any more.
    Gone,
    /// Nothing was sent: this process may not (any more).
    Withheld,
}

impl SendError {
    pub(crate) fn permanent(text: impl Into<String>) -> Self {
        Self { kind: Failure::Permanent, text: text.into() }
    }

    pub(crate) fn template(text: impl Into<String>) -> Self {
        Self { kind: Failure::Template, text: text.into() }
    }

    pub(crate) fn unanswered(text: impl Into<String>) -> Self {
        Self { kind: Failure::Unanswered, text: text.into() }
    }

    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self { kind: Failure::Refused, text: text.into() }
    }

    pub(crate) fn temporary(text: impl Into<String>) -> Self {
        Self { kind: Failure::Temporary { retry_after: None }, text: text.into() }
    }
}

/// The HTTP clients that all services share, one that checks certificates and one that does not, and whether they may send.
#[derive(Clone, Debug)]
pub struct Clients {
    strict: Http,
    insecure: Http,
    gate: Gate,
}

impl Clients {
    /// Builds both clients. Assumes that the process has installed a rustls crypto provider.
    pub fn new() -> Result<Self, reqwest::Error> {
        Ok(Self {
            strict: network(client().build()?),
            insecure: network(client().tls_danger_accept_invalid_certs(true).build()?),
            gate: Gate::open(),
        })
    }

    /// Sends every request to `http`, such as a simulated server. Mails go over the network.
    pub fn over(http: Http) -> Self {
        Self { strict: http.clone(), insecure: http, gate: Gate::open() }
    }

    /// The same, that send nothing, mails neither, while `may_send` does not hold ([`Failure::Withheld`]).
    #[must_use]
    pub fn behind(self, may_send: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { gate: Gate::of(may_send), ..self }
    }

    /// The client that checks certificates, or the one that takes any.
    fn http(&self, insecure: bool) -> Way<'_> {
        Way { http: if insecure { &self.insecure } else { &self.strict }, gate: &self.gate }
    }
}

/// A way to services by HTTP.
#[derive(Clone, Copy)]
struct Way<'c> {
    http: &'c Http,
    gate: &'c Gate,
}

/// The most letters of an error.
const LONGEST_TEXT: usize = 400;
/// The longest that [`send`] takes, which ends by itself: a mail has a minute, Slack answers up to four requests.
pub const LONGEST: Duration = Duration::from_secs(90);

/// Sends a notice by a service.
///
/// Guarantees: it ends within [`LONGEST`]; an answer is read up to a limit; an error says no secret of the service.
/// With Slack, notices of one recipient are a group if they have the same
/// [grouping key](crate::config::SlackTexts::grouping_key); which notices mails belong together with is the caller's to say.
pub async fn send(clients: &Clients, service: &Service, delivery: &Delivery<'_>) -> Result<Sent, SendError> {
    let sent = match &service.kind {
        Kind::Slack(options) => slack::send(clients, options, delivery).await,
        Kind::Email(options) => clients.gate.pass(email::send(options, delivery)).await,
        Kind::Webhook(options) => webhook::send(clients, &service.name, options, delivery).await,
        Kind::Teams(options) => teams::send(clients, options, delivery).await,
        Kind::TeamsWorkflows(options) => teams::workflow::send(clients, options, delivery).await,
        Kind::Discord(options) => discord::send(clients, options, delivery).await,
        Kind::GoogleChat(options) => google_chat::send(clients, options, delivery).await,
        Kind::PagerDuty(options) => pager_duty::send(clients, options, delivery).await,
        Kind::Opsgenie(options) => opsgenie::send(clients, options, delivery).await,
        Kind::Alertmanager(options) => alertmanager::send(clients, options, delivery).await,
        Kind::Grafana(options) => grafana::send(clients, options, delivery).await,
    };
    sent.map_err(|error| SendError { text: shown(&service.secrets.redact(&error.text)), ..error })
}

/// So much of what a service answered that it can be read in an event; without secrets, which are taken out before.
fn shown(text: &str) -> String {
    cut(text, LONGEST_TEXT)
}
