//! Experiments, a line each. Pure.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use serde::Serialize;
use sluice_crds::{Experiment, duration};

use super::NOTHING;
use crate::age;
use crate::report::Report;
use crate::table::{self, Column};

/// The columns, as wide as the established plugin has them.
const COLUMNS: [Column; 5] = [("NAME", 10), ("STATUS", 6), ("DURATION", 8), ("REMAINING", 9), ("AGE", 3)];

/// An Experiment in a line.
#[derive(Debug, Serialize)]
struct Row {
    namespace: String,
    name: String,
    status: String,
    duration: Option<String>,
    remaining: Option<String>,
    age: Option<String>,
}

impl Row {
    fn of(experiment: &Experiment, now: Timestamp) -> Self {
        let status = experiment.status.clone().unwrap_or_default();
        let lasts = experiment.spec.duration.as_deref().and_then(|text| duration::parse(text).ok());
        let since = status.available_at.as_ref().map(|time| time.0).filter(|_| !status.phase.is_completed());
        let left = lasts.zip(since).map(|(lasts, since)| lasts - now.duration_since(since));
        let created = experiment.metadata.creation_timestamp.as_ref();
        Self {
            namespace: experiment.namespace().unwrap_or_default(),
            name: experiment.name_any(),
            status: if status.phase.is_unset() { String::new() } else { format!("{:?}", status.phase) },
            duration: lasts.map(age::text),
            remaining: left.filter(|left| *left > SignedDuration::ZERO).map(age::text),
            age: created.map(|created| age::text(now.duration_since(created.0))),
        }
    }

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            self.name.clone(),
            self.status.clone(),
            or_dash(&self.duration),
            or_dash(&self.remaining),
            or_dash(&self.age),
        ]
    }
}

/// The table; with a column of namespaces where they are of several.
pub(super) fn report(experiments: &[Experiment], of_all: bool, now: Timestamp) -> Result<Report> {
    let rows: Vec<Row> = experiments.iter().map(|one| Row::of(one, now)).collect();
    let namespace = |row: &Row| of_all.then(|| row.namespace.clone());
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| namespace(row).into_iter().chain(row.cells()).collect()).collect();
    let columns: Vec<Column> = of_all.then_some(("NAMESPACE", 9)).into_iter().chain(COLUMNS).collect();
    let lines = if rows.is_empty() { vec![NOTHING.to_owned()] } else { table::table(&columns, &cells) };
    Report::of(lines, &rows)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(of_all: bool, expected: &Expect) {
        let experiment = |name: &str, duration: Option<&str>, phase: &str| -> Experiment {
            let object = json!({"metadata": {"name": name, "namespace": "prod", "creationTimestamp": "2026-01-01T11:40:00Z"},
                "spec": {"templates": [], "duration": duration},
                "status": {"phase": phase, "availableAt": "2026-01-01T11:45:00Z"}});
            serde_json::from_value(object).unwrap()
        };
        let all = [
            experiment("shop-b-1-0", Some("1h"), "Running"),
            experiment("short", Some("5m"), "Running"),
            experiment("done", Some("1h"), "Successful"),
            experiment("endless", None, "Pending"),
        ];
        let report = report(&all, of_all, "2026-01-01T12:00:00Z".parse().unwrap()).unwrap();
        expected.assert_eq(&(report.lines.join("\n") + "\n"));
    }

    #[test]
    fn experiments_are_listed_with_the_time_that_they_have_left() {
        check(
            false,
            &expect![[r#"
            NAME        STATUS      DURATION  REMAINING  AGE
            shop-b-1-0  Running     60m       45m        20m
            short       Running     5m        -          20m
            done        Successful  60m       -          20m
            endless     Pending     -         -          20m
        "#]],
        );
        check(
            true,
            &expect![[r#"
            NAMESPACE  NAME        STATUS      DURATION  REMAINING  AGE
            prod       shop-b-1-0  Running     60m       45m        20m
            prod       short       Running     5m        -          20m
            prod       done        Successful  60m       -          20m
            prod       endless     Pending     -         -          20m
        "#]],
        );
    }
}
