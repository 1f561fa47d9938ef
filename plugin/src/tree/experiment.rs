//! Experiments of steps: their sets of pods as they tell of them, and their analyses.

use std::collections::BTreeMap;

use kube::ResourceExt;
use sluice_crds::{AnalysisRun, Experiment, ExperimentAnalysisStatus, ExperimentTemplateStatus};

use sluice_orders::own::is_owned;

use super::icon::Icon;
use super::node::{Info, Node, Status};
use super::text::Text;
use super::{analysis, created};

/// The node of an Experiment. `runs` are AnalysisRuns by their names; of one that is not among them the Experiment tells.
pub(crate) fn node(experiment: &Experiment, runs: &BTreeMap<String, AnalysisRun>) -> Node {
    let (name, status) = (experiment.name_any(), experiment.status.clone().unwrap_or_default());
    let sets = status.template_statuses.iter().map(|set| self::set(&name, set));
    let seen = |name: &String| runs.get(name).filter(|run| is_owned(*run, experiment));
    let runs = status.analysis_runs.iter().map(|one| seen(&one.analysis_run).map_or_else(|| run(one), analysis::node));
    Node {
        glyph: 'Σ',
        name: Text::plain(name.clone()),
        kind: "Experiment".into(),
        status: Some(analysis::of_phase(status.phase)),
        created: created(experiment),
        info: Vec::new(),
        children: sets.chain(runs).collect(),
    }
}

fn set(experiment: &str, set: &ExperimentTemplateStatus) -> Node {
    let text = set.status.clone().unwrap_or_default();
    let icon = match text.as_str() {
        _ if set.replicas == 0 && text == "Successful" => Icon::Neutral,
        "Running" | "Successful" => Icon::Ok,
        "Failed" | "Error" => Icon::Bad,
        "Progressing" => Icon::Progressing,
        _ => Icon::None,
    };
    let available = format!("available:{}/{}", set.available_replicas, set.replicas);
    Node {
        glyph: '⧉',
        name: Text::plain(format!("{experiment}-{}", set.name)),
        kind: "ReplicaSet".into(),
        status: Some(Status { icon, text }),
        created: None,
        info: vec![Info::Text(Text::plain(available))],
        children: Vec::new(),
    }
}

fn run(run: &ExperimentAnalysisStatus) -> Node {
    Node {
        glyph: 'α',
        name: Text::plain(run.analysis_run.clone()),
        kind: "AnalysisRun".into(),
        status: Some(analysis::of_phase(run.phase)),
        created: None,
        info: Vec::new(),
        children: Vec::new(),
    }
}
