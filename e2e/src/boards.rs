//! The queries of the chart's dashboards and alerts.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::helm;

/// An alert of the chart.
#[derive(Debug, Deserialize)]
pub struct Alert {
    /// Its name.
    #[serde(rename = "alert")]
    pub name: String,
    /// Its query.
    pub expr: String,
    /// What it tells people.
    pub annotations: Annotations,
}

/// What an alert tells people.
#[derive(Debug, Deserialize)]
pub struct Annotations {
    /// What happened.
    pub summary: String,
    /// Why, and what to do.
    pub description: String,
    /// The section of docs/operations.md.
    pub runbook: String,
}

#[derive(Deserialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Alert>,
}

/// All alerts.
pub fn alerts() -> Result<Vec<Alert>> {
    let rules: Rules = serde_saphyr::from_str(&helm::chart_file("files/alerts.yaml")?).context("read the alerts")?;
    Ok(rules.groups.into_iter().flat_map(|group| group.rules).collect())
}

/// Dashboards of releases, and of Applications.
pub const BOARDS: [&[&str]; 2] = [&["fleet", "release"], &["gitops"]];

/// All queries of these dashboards, each with the title of its panel, for one Rollout.
pub fn queries(boards: &[&str], namespace: &str, rollout: &str) -> Result<Vec<(String, String)>> {
    let mut queries = Vec::new();
    for board in boards {
        let text = helm::chart_file(format!("files/dashboards/{board}.json"))?;
        let board: Value = serde_json::from_str(&text).with_context(|| format!("read the dashboard {board}"))?;
        for panel in board["panels"].as_array().into_iter().flatten() {
            let exprs = panel["targets"].as_array().into_iter().flatten().filter_map(|target| target["expr"].as_str());
            let title = panel["title"].as_str().context("a panel has a title")?;
            queries.extend(exprs.map(|expr| (title.to_owned(), filled(expr, namespace, rollout))));
        }
    }
    Ok(queries)
}

/// As Grafana fills its variables in.
fn filled(expr: &str, namespace: &str, rollout: &str) -> String {
    let expr = expr.replace("$namespace", namespace).replace("$rollout", rollout).replace("$project", ".*");
    expr.replace("$__rate_interval", "1m")
}
