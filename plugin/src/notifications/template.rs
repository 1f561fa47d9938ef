//! `notifications template`: what is said.

use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value, json};
use sluice_controller::notices::engine;
use sluice_notify::Id;
use sluice_notify::config::Subject;
use sluice_notify::render::render;
use sluice_notify::send::{Clients, Delivery, send};
use sluice_notify::subscribe::Subscription;

use super::configured::{CONSOLE, Configured, missing};
use crate::args::{Named, NotifyArgs};
use crate::clean::clean_line;
use crate::client::Cluster;
use crate::clock;
use crate::report::Report;
use crate::table::table;
use crate::trouble::explain;

/// The longest beginning of a message that is listed.
const PREVIEW: usize = 60;

/// Lists templates, or shows the text of one.
pub(super) async fn get(cluster: &Cluster, wanted: &Named) -> Result<Report> {
    let configured = Configured::read(cluster, &wanted.configured).await?;
    configured.warn();
    let templates = &configured.config.templates;
    if let Some(name) = &wanted.name {
        let template = templates.get(name).ok_or_else(|| missing("template", name, templates.keys()))?;
        let text = configured.data.get(&format!("template.{name}")).unwrap_or(&template.texts.message);
        let lines = text.lines().map(clean_line).collect();
        return Report::of(lines, &json!({"name": name, "text": text, "builtIn": template.built_in}));
    }
    let rows: Vec<Vec<String>> = templates
        .iter()
        .map(|(name, template)| {
            let message = template.texts.message.lines().next().unwrap_or_default();
            vec![name.clone(), message.chars().take(PREVIEW).collect()]
        })
        .collect();
    let names: Vec<&String> = templates.keys().collect();
    Report::of(table(&[("NAME", 0), ("PREVIEW", 0)], &rows), &names)
}

/// Writes a template out for a Rollout, and prints or sends it.
pub(super) async fn notify(cluster: &Cluster, wanted: &NotifyArgs) -> Result<Report> {
    let configured = Configured::read(cluster, &wanted.configured).await?;
    configured.warn();
    let templates = &configured.config.templates;
    if !templates.contains_key(&wanted.template) {
        return Err(missing("template", &wanted.template, templates.keys()));
    }
    let variables = super::variables(cluster, &wanted.rollout).await?;
    let console = [(CONSOLE.to_owned(), String::new())];
    let recipients = if wanted.recipient.is_empty() { console.as_slice() } else { &wanted.recipient };
    let (mut report, mut documents) = (Report::default(), Vec::new());
    for (service, recipient) in recipients {
        match Box::pin(one(&configured, wanted, &variables, (service, recipient))).await {
            Ok((lines, document)) => {
                report.lines.extend(lines);
                documents.push(document);
            }
            Err(error) => report.errors.push(explain(&error)),
        }
    }
    report.document = Value::Array(documents);
    Ok(report)
}

async fn one(
    configured: &Configured,
    wanted: &NotifyArgs,
    variables: &Map<String, Value>,
    (service, recipient): (&String, &String),
) -> Result<(Vec<String>, Value)> {
    let config = &configured.config;
    let known = config.services.get(service).ok_or_else(|| missing("service", service, config.services.keys()))?;
    let to = Subscription { trigger: String::new(), service: service.clone(), recipient: recipient.clone() };
    let now = clock::now();
    let write = |source: &str, variables: &Value| engine::write(source, variables, Subject::Rollout, now);
    let notice = render(config, &to, std::slice::from_ref(&wanted.template), variables, &write)?;
    let message = configured.masked(&notice.message);
    let document = json!({"service": service, "recipient": recipient, "message": message});
    if service == CONSOLE {
        return Ok((message.lines().map(clean_line).collect(), document));
    }
    let clients = Clients::new().context("make a client for services")?;
    // Each try is one of its own, or a service would take it for one that it has shown already.
    let id = Id::of(&["by hand", &wanted.rollout, &wanted.template, service, recipient, &now.to_string()]);
    let delivery = Delivery { id: &id, recipient, notice: &notice, at: now, before: None };
    send(&clients, known, &delivery).await.map_err(|error| anyhow!("send to {service}:{recipient}: {}", error.text))?;
    Ok((vec![crate::clean::clean(&format!("sent to {service}:{recipient}")).into_owned()], document))
}
