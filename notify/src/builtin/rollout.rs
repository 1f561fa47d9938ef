//! What people hear of Rollouts.

use super::{Level, Moment, Words};

const fn moment(trigger: &'static str, template: &'static str, says: &'static str, level: Level) -> Moment {
    Moment { trigger, template, when: None, says, level }
}

const STEPS: &str = "has done {{with .rollout.spec.strategy.canary}}step {{$.rollout.status.currentStepIndex}} \
                     of {{len .steps}}{{else}}a step{{end}}";

pub(super) const MOMENTS: [Moment; 16] = [
    moment("on-rollout-updated", "rollout-updated", "gets a new version", Level::Note),
    moment("on-rollout-step-completed", "rollout-step-completed", STEPS, Level::Note),
    moment("on-rollout-paused", "rollout-paused", "waits", Level::Note),
    moment("on-rollout-completed", "rollout-completed", "has its new version", Level::Good),
    moment("on-rollout-aborted", "rollout-aborted", "was aborted: users are back on the version before", Level::Bad),
    moment("on-scaling-replica-set", "scaling-replicaset", "changes its number of pods", Level::Note),
    moment("on-analysis-run-running", "analysis-run-running", "is being measured", Level::Note),
    moment("on-analysis-run-failed", "analysis-run-failed", "failed its analysis", Level::Bad),
    moment("on-analysis-run-error", "analysis-run-error", "cannot be measured", Level::Bad),
    moment("on-rollback", "rollback", "went bad after its promotion, and was taken back", Level::Bad),
    moment(
        "on-rollback-checks-failed",
        "rollback-checks-failed",
        "was taken back, and users may still not be well",
        Level::Worst,
    ),
    moment("on-would-roll-back", "would-roll-back", "would have been taken back, were it not a dry run", Level::Note),
    moment("on-notify-only", "notify-only", "goes bad, and is not taken back: you are to be told only", Level::Bad),
    moment(
        "on-not-by-this-version",
        "not-by-this-version",
        "goes bad, and so does the version before it: a rollback would not help",
        Level::Worst,
    ),
    moment("on-not-rolled-back", "not-rolled-back", "goes bad, and is not taken back for now", Level::Worst),
    moment(
        "on-rollback-policy-unmeasurable",
        "rollback-policy-unmeasurable",
        "cannot be watched by the rollback policy",
        Level::Bad,
    ),
];

const NAME: &str = "{{.rollout.metadata.namespace}}/{{.rollout.metadata.name}}";

/// A workload's template may be somewhere else. Why it happened is known of some things ([`Happening::why`](crate::release::Happening)).
pub(super) const WORDS: Words = Words {
    name: NAME,
    place: NAME,
    why: "{{with default .rollout.status.message .why}} {{.}}{{end}}",
    lines: "{{with .evidence}}{{.}}\n\n{{end}}{{with .rollout.status.phase}}Phase: {{.}}\n{{end}}\
            {{with .rollout.spec.template}}{{range .spec.containers}}{{.name}}: {{.image}}\n{{end}}{{end}}",
    more: "{{with .rollout.spec.template}}{{range .spec.containers}}{{.name}}: {{.image}}\n{{end}}{{end}}",
    facts: r#"[{"name": "Phase", "value": {{toJson (default "" .rollout.status.phase)}}}
        {{- with .rollout.spec.template}}{{range .spec.containers}},
        {"name": {{toJson .name}}, "value": {{toJson .image}}}{{end}}{{end}}]"#,
    says: r#"{{toJson (default (default "" .rollout.status.message) .why)}}"#,
    sums_up: r#"{{toJson (default (default (default "" .rollout.status.phase) .rollout.status.message) .why)}}"#,
    widgets: r#"{{- with .rollout.spec.template}}{{range .spec.containers}},
            {"decoratedText": {"topLabel": {{toJson .name}}, "text": {{toJson .image}}}}{{end}}{{end}}"#,
    thread: r#"{{.rollout.metadata.namespace}}/{{.rollout.metadata.name}}/{{default "" .rollout.status.currentPodHash}}"#,
    labels: [("namespace", "{{.rollout.metadata.namespace}}"), ("rollout", "{{.rollout.metadata.name}}")],
    slack: None,
};
