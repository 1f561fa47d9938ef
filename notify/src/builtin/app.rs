//! What people hear of Applications.
//!
//! Conditions mean what those of the established catalogue mean. Each is told once for a commit, as there.

use super::{Level, Moment, Words};

/// What is told once for a commit.
const REVISION: &str = "app.status.operationState?.syncResult?.revision";

const fn moment(
    trigger: &'static str,
    template: &'static str,
    when: &'static str,
    says: &'static str,
    level: Level,
) -> Moment {
    Moment { trigger, template, when: Some((when, REVISION)), says, level }
}

/// A sync is over before the pods are there: `Healthy` must be so since its end, or for a minute beside it.
const DEPLOYED: &str = "app.status.operationState?.phase == 'Succeeded' and app.status.health?.status == 'Healthy' \
     and (app.status.health.lastTransitionTime == nil \
     or not time.Parse(app.status.health.lastTransitionTime).Before(time.Parse(app.status.operationState.finishedAt)) \
     or time.Now().Sub(time.Parse(app.status.operationState.finishedAt)).Minutes() >= 1)";

const REJECTED: &str = "len(app.status.rejected ?? []) > 0";
const REJECTED_ONCE: &str = "app.status.rejected[-1].revision";

pub(super) const MOMENTS: [Moment; 9] = [
    Moment {
        when: Some(("true", "app.metadata.name")),
        ..moment("on-created", "app-created", "", "was created", Level::Note)
    },
    Moment {
        when: Some(("app.metadata.deletionTimestamp != nil", "app.metadata.name")),
        ..moment("on-deleted", "app-deleted", "", "was deleted", Level::Note)
    },
    moment(
        "on-sync-running",
        "app-sync-running",
        "app.status.operationState?.phase == 'Running'",
        "is being synced",
        Level::Note,
    ),
    moment(
        "on-sync-succeeded",
        "app-sync-succeeded",
        "app.status.operationState?.phase == 'Succeeded'",
        "was synced",
        Level::Good,
    ),
    moment(
        "on-sync-failed",
        "app-sync-failed",
        "app.status.operationState?.phase in ['Error', 'Failed']",
        "could not be synced",
        Level::Bad,
    ),
    moment("on-deployed", "app-deployed", DEPLOYED, "runs its new version", Level::Good),
    moment(
        "on-health-degraded",
        "app-health-degraded",
        "app.status.health?.status == 'Degraded'",
        "is degraded",
        Level::Bad,
    ),
    moment(
        "on-sync-status-unknown",
        "app-sync-status-unknown",
        "app.status.sync?.status == 'Unknown'",
        "cannot be compared with git",
        Level::Bad,
    ),
    Moment {
        when: Some((REJECTED, REJECTED_ONCE)),
        ..moment("on-commit-rejected", "app-commit-rejected", "", "does not deploy its commit again", Level::Bad)
    },
];

pub(super) const WORDS: Words = Words {
    name: "Application {{.app.metadata.name}}",
    place: "{{.app.metadata.namespace}}/{{.app.metadata.name}}",
    why: "{{with .app.status}}{{with .operationState}}{{with .message}} {{.}}{{end}}{{end}}\
          {{with .health}}{{with .message}} {{.}}{{end}}{{end}}\
          {{range .rejected}} Commit {{.revision}}: {{.message}}{{end}}{{end}}\
          {{with .context.argocdUrl}} {{.}}/applications/{{$.app.metadata.name}}{{end}}",
    lines: LINES,
    more: LINES,
    facts: r#"[{"name": "Project", "value": {{toJson (default "" .app.spec.project)}}}
        {{- with .app.status}}{{with .sync}},
        {"name": "Sync", "value": {{toJson (default "" .status)}}}{{with .revision}},
        {"name": "Revision", "value": {{toJson .}}}{{end}}{{end}}{{with .health}}{{with .status}},
        {"name": "Health", "value": {{toJson .}}}{{end}}{{end}}{{end}}
        {{- with .app.spec.source}}, {"name": "Repository", "value": {{toJson .repoURL}}}{{end}}
        {{- range .app.spec.sources}}, {"name": "Repository", "value": {{toJson .repoURL}}}{{end}}
        {{- with .app.status}}{{range .conditions}},
        {"name": {{toJson .type}}, "value": {{toJson .message}}}{{end}}{{end}}]"#,
    says: r#"{{$says := ""}}{{with .app.status}}{{with .health}}{{with .message}}{{$says = .}}{{end}}{{end}}
        {{- with .operationState}}{{with .message}}{{$says = .}}{{end}}{{end}}{{end}}{{toJson $says}}"#,
    sums_up: r#"{{$says := .app.metadata.name}}{{with .app.status}}{{with .health}}{{with .message}}{{$says = .}}{{end}}{{end}}
        {{- with .operationState}}{{with .message}}{{$says = .}}{{end}}{{end}}{{end}}{{toJson $says}}"#,
    widgets: r#"{{- with .app.status}}{{with .sync}},
            {"decoratedText": {"topLabel": "Sync", "text": {{toJson (default "-" .status)}}}}{{with .revision}},
            {"decoratedText": {"topLabel": "Revision", "text": {{toJson .}}}}{{end}}{{end}}{{with .health}}{{with .status}},
            {"decoratedText": {"topLabel": "Health", "text": {{toJson .}}}}{{end}}{{end}}{{end}}"#,
    thread: "{{.app.metadata.namespace}}/{{.app.metadata.name}}\
             {{with .app.status}}{{with .operationState}}{{with .syncResult}}/{{.revision}}{{end}}{{end}}{{end}}",
    labels: [("namespace", "{{.app.metadata.namespace}}"), ("application", "{{.app.metadata.name}}")],
    slack: Some(SLACK),
};

const LINES: &str = "{{with .app.status}}{{with .sync}}Sync: {{.status}}{{with .revision}} at {{.}}{{end}}\n{{end}}\
                     {{with .health}}{{with .status}}Health: {{.}}\n{{end}}{{end}}\
                     {{range .conditions}}{{.type}}: {{.message}}\n{{end}}{{end}}\
                     {{with .app.spec.source}}Repository: {{.repoURL}}\n{{end}}\
                     {{range .app.spec.sources}}Repository: {{.repoURL}}\n{{end}}";

const SLACK: &str = r#"[{"title": "Project", "value": {{toJson (default "" .app.spec.project)}}, "short": true}
        {{- with .app.status}}{{with .sync}},
        {"title": "Sync", "value": {{toJson (default "" .status)}}, "short": true}{{with .revision}},
        {"title": "Revision", "value": {{toJson .}}, "short": true}{{end}}{{end}}{{with .health}}{{with .status}},
        {"title": "Health", "value": {{toJson .}}, "short": true}{{end}}{{end}}{{end}}
        {{- with .app.spec.source}}, {"title": "Repository", "value": {{toJson .repoURL}}, "short": true}{{end}}
        {{- range .app.spec.sources}}, {"title": "Repository", "value": {{toJson .repoURL}}, "short": true}{{end}}
        {{- with .app.status}}{{range .conditions}},
        {"title": {{toJson .type}}, "value": {{toJson .message}}, "short": true}{{end}}{{end}}]"#;
