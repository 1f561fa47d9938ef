//! A notice, from templates and an object.

use serde_json::{Map, Value};
use sluice_analysis::secrets::Secrets;

use crate::builtin;
use crate::config::{AlertmanagerText, Config, Email, Kind, Notice, Service, Subject, Template};
use crate::subscribe::Subscription;
use crate::text::escaped;

/// Writes out one template of Go: its source, and the variables. An error says what is wrong with the template.
///
/// The one place where the engine of templates is joined.
pub type Engine<'e> = dyn Fn(&str, &Value) -> Result<String, String> + 'e;

/// The longest text that a template may give, in bytes; no service takes more.
const MOST_BYTES: usize = 256 << 10;

/// Why a notice could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A trigger sends it, and it is not there.
    #[error("there is no template {0}; add template.{0} to the ConfigMap")]
    Missing(String),
    /// A service is subscribed to, and it is not there.
    #[error("there is no service {0}; add service.{0} to the ConfigMap")]
    NoService(String),
    /// A text of a template cannot be written out. Values of the Secret are taken out of the message.
    #[error("write template.{template} {field}: {message}")]
    Template {
        /// The template's name.
        template: String,
        /// The field of it.
        field: String,
        /// What the engine says.
        message: String,
    },
}

/// Writes what a subscriber is told: the templates in their order, each laid over the one before.
///
/// `variables` is a map: of `rollout` and `analysisRuns`, or of `app`, and whatever else the engine knows. Templates find
/// beside it `context`, `secrets`, `recipient` and `serviceType`. Only what the subscriber's service shows is written out, so
/// that a mistake in the text for one service keeps no other from being told.
pub fn render(
    config: &Config,
    to: &Subscription,
    templates: &[String],
    variables: &Map<String, Value>,
    engine: &Engine<'_>,
) -> Result<Notice, RenderError> {
    let writing = Writing::of(config, to, variables, engine)?;
    let mut notice = Notice::default();
    for name in templates {
        let template = config.templates.get(name).ok_or_else(|| RenderError::Missing(name.clone()))?;
        notice = notice.under(writing.one(name, template)?);
    }
    Ok(notice)
}

/// Writes what a subscriber is told where [`render`] cannot, or the service does not take what it gives: what is built in for the
/// trigger; where nothing is, or not even that can be written, the object, the trigger and the error. An error is left only where
/// there is no service.
pub fn instead(
    config: &Config,
    subject: Subject,
    to: &Subscription,
    variables: &Map<String, Value>,
    engine: &Engine<'_>,
    error: &str,
) -> Result<Notice, RenderError> {
    let writing = Writing::of(config, to, variables, engine)?;
    let built_in = builtin::template(subject, &to.trigger);
    let written = built_in.and_then(|(name, template)| writing.one(name, &template).ok());
    Ok(written.unwrap_or_else(|| plain(to, variables, error)))
}

/// What needs no template.
fn plain(to: &Subscription, variables: &Map<String, Value>, error: &str) -> Notice {
    let object = ["rollout", "app"].iter().find_map(|name| variables.get(*name)).unwrap_or(&Value::Null);
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let message = format!("{namespace}/{name}: {} (its text is missing: {error})", to.trigger);
    let label = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
    let labels = [("alertname", to.trigger.as_str()), ("namespace", namespace), ("name", name), ("severity", "error")];
    let alert = AlertmanagerText {
        labels: labels.into_iter().map(label).collect(),
        annotations: [label(("summary", &message))].into(),
        generator_url: String::new(),
    };
    Notice { message, alertmanager: Some(alert), ..Notice::default() }
}

/// What templates are written out with, for one subscriber.
struct Writing<'w> {
    service: &'w Service,
    variables: Value,
    secrets: Secrets,
    engine: &'w Engine<'w>,
}

impl<'w> Writing<'w> {
    fn of(
        config: &'w Config,
        to: &Subscription,
        variables: &Map<String, Value>,
        engine: &'w Engine<'w>,
    ) -> Result<Self, RenderError> {
        let service = config.services.get(&to.service).ok_or_else(|| RenderError::NoService(to.service.clone()))?;
        let variables = Value::Object(with_surroundings(config, to, variables.clone()));
        Ok(Self { service, variables, secrets: config.secrets(), engine })
    }

    fn one(&self, name: &str, template: &Template) -> Result<Notice, RenderError> {
        let written = template.texts.shown_by(self.service).write(&mut |field: &str, source: &str| {
            write(source, &self.variables, self.engine).map_err(|message| RenderError::Template {
                template: name.to_owned(),
                field: field.to_owned(),
                message: self.secrets.redact(&message),
            })
        })?;
        Ok(named(name, if template.built_in { in_html(self.service, written) } else { written }))
    }
}

fn write(source: &str, variables: &Value, engine: &Engine<'_>) -> Result<String, String> {
    // Most texts are empty or have nothing to fill in.
    if !source.contains("{{") {
        return Ok(source.to_owned());
    }
    let text = engine(source, variables)?;
    if text.len() > MOST_BYTES {
        return Err(format!("gives {} bytes; {MOST_BYTES} are the most", text.len()));
    }
    Ok(text)
}

/// What is built in is plain text; a service that sends HTML would run its lines together.
fn in_html(service: &Service, mut notice: Notice) -> Notice {
    if let (Kind::Email(Email { html: true, .. }), Some(mail)) = (&service.kind, &mut notice.email) {
        mail.body = format!("<pre>{}</pre>", escaped(&mail.body));
    }
    notice
}

/// An alert of Alertmanager without a name has that of its template.
fn named(template: &str, mut notice: Notice) -> Notice {
    if let Some(alert) = &mut notice.alertmanager {
        alert.labels.entry("alertname".to_owned()).or_insert_with(|| template.to_owned());
    }
    notice
}

fn with_surroundings(config: &Config, to: &Subscription, mut variables: Map<String, Value>) -> Map<String, Value> {
    let texts = |texts: &std::collections::BTreeMap<String, String>| {
        Value::Object(texts.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect())
    };
    variables.insert("context".to_owned(), texts(&config.context));
    variables.insert("secrets".to_owned(), texts(config.secret()));
    variables.insert("recipient".to_owned(), Value::from(to.recipient.as_str()));
    variables.insert("serviceType".to_owned(), Value::from(to.service.as_str()));
    variables
}
