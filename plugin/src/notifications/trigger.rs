//! `notifications trigger`: when it is said.

use anyhow::Result;
use serde_json::{Value, json};

use super::configured::{Configured, missing};
use crate::args::{Named, RunArgs};
use crate::clean::clean_line;
use crate::client::Cluster;
use crate::clock;
use crate::report::Report;
use crate::table::table;

/// Lists triggers, or shows one as it is written.
pub(super) async fn get(cluster: &Cluster, wanted: &Named) -> Result<Report> {
    let configured = Configured::read(cluster, &wanted.configured).await?;
    configured.warn();
    let triggers = &configured.config.triggers;
    if let Some(name) = &wanted.name {
        let trigger = triggers.get(name).ok_or_else(|| missing("trigger", name, triggers.keys()))?;
        let built_in = || format!("- send: [{}]", trigger.templates().cloned().collect::<Vec<_>>().join(", "));
        let text = configured.data.get(&format!("trigger.{name}")).cloned().unwrap_or_else(built_in);
        return Report::of(text.lines().map(clean_line).collect(), &json!({"name": name, "text": text}));
    }
    let each = triggers.iter().map(|(name, trigger)| (name, trigger.templates().cloned().collect::<Vec<_>>()));
    let each: Vec<(&String, Vec<String>)> = each.collect();
    let rows: Vec<Vec<String>> = each.iter().map(|(name, sends)| vec![(*name).clone(), sends.join(",")]).collect();
    let document: Vec<Value> = each.iter().map(|(name, sends)| json!({"name": name, "templates": sends})).collect();
    Report::of(table(&[("NAME", 0), ("TEMPLATES", 0)], &rows), &document)
}

/// Says of each condition whether it holds for a Rollout now.
pub(super) async fn run(cluster: &Cluster, wanted: &RunArgs) -> Result<Report> {
    let configured = Configured::read(cluster, &wanted.configured).await?;
    configured.warn();
    let config = &configured.config;
    if !config.triggers.contains_key(&wanted.trigger) {
        return Err(missing("trigger", &wanted.trigger, config.triggers.keys()));
    }
    let variables = super::variables(cluster, &wanted.rollout).await?;
    let (firing, problems) = config.fire(&wanted.trigger, &variables, clock::now());
    let written = configured.data.get(&format!("trigger.{}", wanted.trigger)).map(|text| conditions(text));
    let conditions = written.unwrap_or_else(|| vec![String::new()]);
    let mut documents = Vec::new();
    let rows = conditions.iter().enumerate().map(|(at, condition)| {
        let fires = firing.iter().find(|one| one.clause == at);
        let sends = fires.map(|one| one.templates.join(",")).unwrap_or_default();
        // One without a condition is left to the event that the trigger is named after.
        let condition =
            if condition.is_empty() { format!("at the event of {}", wanted.trigger) } else { condition.clone() };
        let broken = problems.iter().find(|problem| problem.starts_with(&format!("[{at}]")));
        let result = broken.map_or_else(|| fires.is_some().to_string(), Clone::clone);
        documents.push(json!({"condition": condition, "result": result, "templates": fires.map(|one| &one.templates)}));
        vec![condition, result, sends]
    });
    let lines = table(&[("CONDITION", 0), ("RESULT", 0), ("TEMPLATES", 0)], &rows.collect::<Vec<_>>());
    let mut report = Report::of(lines, &documents)?;
    report.errors.extend(problems.iter().map(|problem| format!("trigger.{}{problem}", wanted.trigger)));
    Ok(report)
}

/// The conditions of a trigger, as they are written.
fn conditions(text: &str) -> Vec<String> {
    let clauses: Vec<Value> = serde_saphyr::from_str(text).unwrap_or_default();
    clauses.iter().map(|one| one.get("when").and_then(Value::as_str).unwrap_or_default().trim().to_owned()).collect()
}
