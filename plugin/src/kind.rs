//! The kinds of objects that commands are about.

use kube::core::ApiResource;
use sluice_crds::names;

/// A kind that commands take names of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A Rollout.
    Rollout,
    /// An Experiment.
    Experiment,
    /// An AnalysisRun.
    AnalysisRun,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Rollout, Self::Experiment, Self::AnalysisRun];

    /// The kind that people mean by a word, as kubectl would take it.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let word = word.split_once('.').filter(|(_, group)| *group == names::GROUP).map_or(word, |(kind, _)| kind);
        Self::ALL.into_iter().find(|kind| kind.words().contains(&word))
    }

    fn words(self) -> [&'static str; 3] {
        match self {
            Self::Rollout => ["rollout", "rollouts", "ro"],
            Self::Experiment => ["experiment", "experiments", "exp"],
            Self::AnalysisRun => ["analysisrun", "analysisruns", "ar"],
        }
    }

    /// What messages call one of it.
    pub(crate) fn singular(self) -> &'static str {
        self.words()[0]
    }

    /// What the established plugin calls one of it when it has done something.
    pub(crate) fn said(self) -> &'static str {
        if self == Self::AnalysisRun { "analysisRun" } else { self.singular() }
    }

    /// What the API calls all of it.
    pub(crate) fn plural(self) -> &'static str {
        self.words()[1]
    }

    /// The kind as objects write it.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Rollout => "Rollout",
            Self::Experiment => "Experiment",
            Self::AnalysisRun => "AnalysisRun",
        }
    }

    /// Where the API has it.
    pub(crate) fn resource(self) -> ApiResource {
        resource(self.kind(), self.plural())
    }
}

/// Where the API has a kind of this group.
pub(crate) fn resource(kind: &str, plural: &str) -> ApiResource {
    ApiResource {
        group: names::GROUP.to_owned(),
        version: "v1alpha1".to_owned(),
        api_version: names::API_VERSION.to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_the_words_of_kubectl() {
        for (word, kind) in [
            ("ro", Some(Kind::Rollout)),
            ("rollouts.argoproj.io", Some(Kind::Rollout)),
            ("exp", Some(Kind::Experiment)),
            ("analysisruns", Some(Kind::AnalysisRun)),
            ("rollouts.apps", None),
            ("shop", None),
        ] {
            assert_eq!(Kind::of(word), kind, "{word}");
        }
    }
}
