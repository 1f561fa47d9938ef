//! An Experiment by itself: its sets of pods with their pods, and its analyses with what they measured.

use kube::ResourceExt;
use sluice_orders::own::is_owned;

use super::node::Node;
use super::summary::{Images, Line, has_pods, images_of};
use super::text::Text;
use super::{analysis, created, replica_set};
use crate::trial::Trial;
use k8s_openapi::api::apps::v1::ReplicaSet;
use sluice_crds::names::annotation;

/// Labels and what stands behind them.
pub(super) fn summary(trial: &Trial) -> Vec<Line> {
    let experiment = &trial.experiment;
    let status = experiment.status.clone().unwrap_or_default();
    let phase = analysis::of_phase(status.phase);
    let mut lines = vec![
        ("Name:", Text::plain(experiment.name_any())),
        ("Namespace:", Text::plain(experiment.namespace().unwrap_or_default())),
        ("Status:", phase.icon.text().and(Text::plain(format!(" {}", phase.text)))),
    ];
    lines.extend(status.message.filter(|text| !text.is_empty()).map(|text| ("Message:", Text::plain(text))));
    let mut images = Images::default();
    for replica_set in own(trial).filter(|one| has_pods(one)) {
        let name = replica_set.annotations().get(annotation::EXPERIMENT_TEMPLATE);
        let tags: Vec<Text> = name.map(|name| Text::plain(format!("Σ:{name}"))).into_iter().collect();
        images.run(images_of(replica_set), &tags);
    }
    lines.extend(images.lines());
    lines
}

/// The Experiment and what belongs to it.
pub(super) fn node(trial: &Trial) -> Node {
    let experiment = &trial.experiment;
    let status = experiment.status.clone().unwrap_or_default();
    let mut sets: Vec<_> = own(trial).collect();
    sets.sort_by_key(|one| (created(*one), one.name_any()));
    let sets = sets.into_iter().map(|one| replica_set::with_roles(one, &[], trial.pods.iter()));
    let mut runs: Vec<_> = trial.runs.iter().filter(|run| is_owned(*run, experiment)).collect();
    runs.sort_by_key(|run| (created(*run), run.name_any()));
    Node {
        glyph: 'Σ',
        name: Text::plain(experiment.name_any()),
        kind: "Experiment".into(),
        status: Some(analysis::of_phase(status.phase)),
        created: created(experiment),
        info: Vec::new(),
        children: sets.chain(runs.into_iter().map(analysis::node)).collect(),
    }
}

fn own(trial: &Trial) -> impl Iterator<Item = &ReplicaSet> {
    trial.replica_sets.iter().filter(|one| is_owned(*one, &trial.experiment))
}
