//! When alerts fire: `promtool test rules`, which is Prometheus itself with made-up time and series.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use sluice_e2e::boards;
use sluice_e2e::helm::{Helm, chart};
use sluice_e2e::tools::{Tools, target_dir};

/// A line of `alerts.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    alert: String,
    series: BTreeMap<String, String>,
    quiet: String,
    fires: Option<String>,
    #[serde(default)]
    about: BTreeMap<String, String>,
}

/// Each alert fires in the state that it is about, and not before its time.
pub(crate) fn fire(_: &Helm) -> Result<()> {
    let lines: Vec<Line> = serde_saphyr::from_str(include_str!("alerts.yaml")).context("read alerts.yaml")?;
    let tried: BTreeSet<&str> =
        lines.iter().filter(|line| line.fires.is_some()).map(|line| line.alert.as_str()).collect();
    let all: Vec<String> = boards::alerts()?.into_iter().map(|alert| alert.name).collect();
    let untried: Vec<&String> = all.iter().filter(|name| !tried.contains(name.as_str())).collect();
    ensure!(untried.is_empty(), "nothing in alerts.yaml makes these fire: {untried:?}");
    let tests: Vec<Value> = lines.iter().map(test).collect();
    let rules = chart().join("files/alerts.yaml");
    let file = json!({"rule_files": [rules], "evaluation_interval": "30s", "tests": tests});
    let path = target_dir().join(format!("alerts-{}.yaml", std::process::id()));
    // JSON is YAML enough.
    fs::write(&path, file.to_string()).context("write the tests of the rules")?;
    let ran = Command::new(Tools::ensure()?.promtool()).args(["test", "rules"]).arg(&path).output();
    fs::remove_file(&path).context("remove the tests of the rules")?;
    let ran = ran.context("start promtool")?;
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    ensure!(ran.status.success(), "{said}");
    Ok(())
}

fn test(line: &Line) -> Value {
    let Line { alert, series, quiet, fires, about } = line;
    let series: Vec<Value> =
        series.iter().map(|(series, values)| json!({"series": series, "values": values})).collect();
    let labels: Vec<String> = about.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
    let firing = format!("ALERTS{{alertname={alert:?},alertstate=\"firing\"}}");
    let about = format!(
        "ALERTS{{{}}}",
        [format!("alertname={alert:?}"), "alertstate=\"firing\"".to_owned()]
            .into_iter()
            .chain(labels)
            .collect::<Vec<_>>()
            .join(",")
    );
    let count = |query: &str, at: &str, number: u8| json!({"expr": format!("count({query}) or vector(0)"), "eval_time": at, "exp_samples": [{"labels": "{}", "value": number}]});
    let mut queries = vec![count(&firing, quiet, 0)];
    // Once, and about what it should be.
    queries.extend(fires.iter().flat_map(|at| [count(&firing, at, 1), count(&about, at, 1)]));
    json!({"interval": "30s", "input_series": series, "promql_expr_test": queries})
}

/// What texts of alerts name of their series is among the labels that the query leaves.
pub(crate) fn name_labels_that_there_are(_: &Helm) -> Result<()> {
    for alert in boards::alerts()? {
        let Some((_, by)) = alert.expr.split_once("by (") else { continue };
        let left: Vec<&str> = by.split(')').next().unwrap_or_default().split(", ").collect();
        let texts = format!("{} {}", alert.annotations.summary, alert.annotations.description);
        for named in texts.split("$labels.").skip(1) {
            let named =
                named.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default();
            ensure!(left.contains(&named), "{} tells of {named}, and its query leaves {left:?}", alert.name);
        }
    }
    Ok(())
}
