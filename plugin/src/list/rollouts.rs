//! Rollouts, a line each. Pure.

use anyhow::Result;
use jiff::Timestamp;
use kube::ResourceExt;
use serde::Serialize;
use sluice_crds::Rollout;
use sluice_orders::standing::standing;

use super::NOTHING;
use crate::args::ListRollouts;
use crate::report::Report;
use crate::table::{self, Column};
use crate::tree;

/// The columns, as wide as the established plugin has them.
pub(super) const COLUMNS: [Column; 9] = [
    ("NAME", 10),
    ("STRATEGY", 9),
    ("STATUS", 12),
    ("STEP", 4),
    ("SET-WEIGHT", 10),
    ("READY", 5),
    ("DESIRED", 7),
    ("UP-TO-DATE", 10),
    ("AVAILABLE", 9),
];

/// A Rollout in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    namespace: String,
    name: String,
    strategy: &'static str,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    step: Option<i32>,
    steps: Option<usize>,
    set_weight: Option<i32>,
    ready: i32,
    current: i32,
    desired: i32,
    up_to_date: i32,
    available: i32,
}

impl Row {
    /// The Rollout as it is.
    pub(super) fn of(rollout: &Rollout) -> Self {
        let (spec, status) = (&rollout.spec, rollout.status.clone().unwrap_or_default());
        let canary = spec.strategy.canary.as_ref();
        let steps = canary.map(|canary| canary.steps.len()).filter(|steps| *steps > 0);
        let standing = standing(rollout);
        Self {
            namespace: rollout.namespace().unwrap_or_default(),
            name: rollout.name_any(),
            strategy: match (canary, &spec.strategy.blue_green) {
                (Some(_), _) => "Canary",
                (None, Some(_)) => "BlueGreen",
                (None, None) => "unknown",
            },
            status: format!("{:?}", standing.phase),
            message: (!standing.message.is_empty()).then_some(standing.message),
            step: status.current_step_index.filter(|_| steps.is_some()),
            steps,
            set_weight: canary.map(|canary| tree::set_weight(rollout, canary, &status)),
            ready: status.ready_replicas,
            current: status.replicas,
            desired: spec.replicas.unwrap_or(1),
            up_to_date: status.updated_replicas,
            available: status.available_replicas,
        }
    }

    /// What tells it from others.
    pub(super) fn key(&self) -> (String, String) {
        (self.namespace.clone(), self.name.clone())
    }

    fn cells(&self) -> Vec<String> {
        let step = self.step.zip(self.steps).map(|(step, steps)| format!("{step}/{steps}"));
        let dash = || "-".to_owned();
        vec![
            self.name.clone(),
            self.strategy.to_owned(),
            self.status.clone(),
            step.unwrap_or_else(dash),
            self.set_weight.map_or_else(dash, |weight| weight.to_string()),
            format!("{}/{}", self.ready, self.current),
            self.desired.to_string(),
            self.up_to_date.to_string(),
            self.available.to_string(),
        ]
    }
}

/// Which columns there are beside the usual ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extra {
    namespace: bool,
    time: bool,
}

impl Extra {
    /// Those that flags ask for.
    pub(super) fn of(wanted: &ListRollouts) -> Self {
        Self { namespace: wanted.which.all_namespaces, time: wanted.timestamps }
    }

    /// All columns.
    pub(super) fn columns(self) -> Vec<Column> {
        let time = self.time.then_some(("TIMESTAMP", 20));
        let namespace = self.namespace.then_some(("NAMESPACE", 9));
        time.into_iter().chain(namespace).chain(COLUMNS).collect()
    }

    /// A row with all columns.
    pub(super) fn cells(self, row: &Row, now: Timestamp) -> Vec<String> {
        let time = self.time.then(|| now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let namespace = self.namespace.then(|| row.namespace.clone());
        time.into_iter().chain(namespace).chain(row.cells()).collect()
    }
}

/// The table.
pub(super) fn report(rollouts: &[Rollout], wanted: &ListRollouts, now: Timestamp) -> Result<Report> {
    let rows: Vec<Row> = rollouts.iter().map(Row::of).collect();
    let extra = Extra::of(wanted);
    let cells: Vec<_> = rows.iter().map(|row| extra.cells(row, now)).collect();
    let lines = if rows.is_empty() { vec![NOTHING.to_owned()] } else { table::table(&extra.columns(), &cells) };
    Report::of(lines, &rows)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::*;
    use crate::args::ListRollouts;

    fn rollout(name: &str, strategy: &Value, status: &Value) -> Rollout {
        let mut object = json!({"metadata": {"name": name, "namespace": "prod", "generation": 1},
            "spec": {"replicas": 5, "strategy": strategy}, "status": status});
        object["status"]["observedGeneration"] = json!("1");
        serde_json::from_value(object).unwrap()
    }

    fn all() -> Vec<Rollout> {
        let steps = json!({"canary": {"steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}]}});
        let paused = json!({"phase": "Paused", "message": "CanaryPauseStep", "currentStepIndex": 1, "stableRS": "a",
            "currentPodHash": "b", "replicas": 6, "readyReplicas": 6, "updatedReplicas": 1, "availableReplicas": 6});
        let healthy = json!({"phase": "Healthy", "stableRS": "a", "currentPodHash": "a", "replicas": 5,
            "readyReplicas": 5, "updatedReplicas": 5, "availableReplicas": 5});
        vec![
            rollout("shop", &steps, &paused),
            rollout("a-rather-long-name", &json!({"blueGreen": {"activeService": "x"}}), &healthy),
            rollout("new", &json!({"canary": {}}), &json!({})),
        ]
    }

    fn check(rollouts: &[Rollout], wanted: &ListRollouts, expected: &Expect) {
        let report = report(rollouts, wanted, "2026-01-01T12:00:00.5Z".parse().unwrap()).unwrap();
        expected.assert_eq(&(report.lines.join("\n") + "\n"));
    }

    #[test]
    fn rollouts_are_listed_in_the_established_columns() {
        check(
            &all(),
            &ListRollouts::default(),
            &expect![[r#"
            NAME                STRATEGY   STATUS        STEP  SET-WEIGHT  READY  DESIRED  UP-TO-DATE  AVAILABLE
            shop                Canary     Paused        1/3   20          6/6    5        1           6
            a-rather-long-name  BlueGreen  Healthy       -     -           5/5    5        5           5
            new                 Canary     Progressing   -     100         0/0    5        0           0
        "#]],
        );
        check(
            &[],
            &ListRollouts::default(),
            &expect![[r#"
            No resources found.
        "#]],
        );
    }

    #[test]
    fn namespace_and_time_come_before_them_where_they_are_asked_for() {
        let mut wanted = ListRollouts { timestamps: true, ..ListRollouts::default() };
        wanted.which.all_namespaces = true;
        check(
            &all()[..1],
            &wanted,
            &expect![[r#"
            TIMESTAMP             NAMESPACE  NAME        STRATEGY   STATUS        STEP  SET-WEIGHT  READY  DESIRED  UP-TO-DATE  AVAILABLE
            2026-01-01T12:00:00Z  prod       shop        Canary     Paused        1/3   20          6/6    5        1           6
        "#]],
        );
    }

    #[test]
    fn a_listed_rollout_is_a_document_with_numbers() {
        let report = report(&all()[..1], &ListRollouts::default(), Timestamp::UNIX_EPOCH).unwrap();
        expect![[r#"[{"available":6,"current":6,"desired":5,"message":"CanaryPauseStep","name":"shop","namespace":"prod","ready":6,"setWeight":20,"status":"Paused","step":1,"steps":3,"strategy":"Canary","upToDate":1}]"#]].assert_eq(&report.document.to_string());
    }
}
