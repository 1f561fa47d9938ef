//! What each service is asked, and what is made of its answers.

mod services;
mod slack;
mod trouble;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fake::{Log, Reply, server};
use super::*;
use crate::Id;
use crate::config::{Config, Subject};
use crate::render::render;
use crate::subscribe::Subscription;

/// A ConfigMap with a service and `template.told`, in YAML; a Secret with a `secret`.
pub(super) fn config(text: &str) -> Config {
    let data: BTreeMap<String, String> = serde_saphyr::from_str(text).unwrap();
    let secret = BTreeMap::from([
        ("secret".to_owned(), b"s3cr3t-t0ken".to_vec()),
        ("hook".to_owned(), b"https://hooks.example.com/T0/s3cr3t-t0ken?key=s3cr3t-k3y".to_vec()),
    ]);
    let (config, found) = Config::read(Subject::Rollout, &data, &secret);
    assert_eq!(found, []);
    config
}

/// One notice of `template.told`, by the only service of a ConfigMap.
pub(super) struct Story {
    pub(super) config: Config,
    pub(super) clients: Clients,
    pub(super) log: Log,
    pub(super) recipient: String,
}

impl Story {
    pub(super) async fn of(
        text: &str,
        recipient: &str,
        answer: impl Fn(&super::fake::Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let (clients, log) = server(answer).await;
        Self { config: config(text), clients, log, recipient: recipient.to_owned() }
    }

    pub(super) async fn send(&self, id: &str, before: Option<&Receipt>) -> Result<Sent, SendError> {
        let (name, service) = self.config.services.iter().next().unwrap();
        let (trigger, recipient) = ("on-rollout-paused".to_owned(), self.recipient.clone());
        let to = Subscription { trigger, service: name.clone(), recipient };
        let engine =
            |source: &str, variables: &Value| Ok(source.replace("{{.name}}", variables["name"].as_str().unwrap()));
        let variables = Map::from_iter([("name".to_owned(), "shop".into())]);
        let notice = render(&self.config, &to, &["told".to_owned()], &variables, &engine).unwrap();
        let at = "2026-11-29T03:04:05Z".parse().unwrap();
        let (id, recipient) = (Id::of(&[id]), self.recipient.as_str());
        send(&self.clients, service, &Delivery { id: &id, recipient, notice: &notice, at, before }).await
    }

    /// All that was asked.
    pub(super) fn asked(&self) -> String {
        self.log.lock().unwrap().iter().map(super::fake::Asked::shown).collect::<Vec<_>>().join("\n")
    }
}

pub(super) fn outcome(sent: Result<Sent, SendError>) -> String {
    match sent {
        Ok(Sent { receipt: None }) => "sent".to_owned(),
        Ok(Sent { receipt: Some(Receipt { place, id }) }) => format!("sent: {id} in {place:?}"),
        Err(SendError { kind, text }) => format!("{kind:?}: {text}"),
    }
}
