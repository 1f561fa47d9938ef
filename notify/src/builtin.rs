//! What is said where the ConfigMap says nothing: triggers and templates under the established names, and two of our own.
//!
//! A key of the ConfigMap takes the place of what is here. Slack has a better form for these: a thread for each release
//! ([`crate::slack`]).

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::config::{
    AlertmanagerText, Config, DiscordText, EmailText, GoogleChatText, Notice, OpsgenieText, OpsgenieTexts,
    PagerDutyText, Subject, TeamsText, TeamsWorkflowsText, Template,
};
use crate::trigger::Trigger;

/// One thing that people hear of.
struct Moment {
    trigger: &'static str,
    template: &'static str,
    /// What follows the Rollout's name.
    says: &'static str,
    level: Level,
}

/// How much somebody should worry.
#[derive(Clone, Copy)]
enum Level {
    Good,
    Note,
    Bad,
    /// Users may be harmed now.
    Worst,
}

const fn moment(trigger: &'static str, template: &'static str, says: &'static str, level: Level) -> Moment {
    Moment { trigger, template, says, level }
}

const STEPS: &str = "has done {{with .rollout.spec.strategy.canary}}step {{$.rollout.status.currentStepIndex}} \
                     of {{len .steps}}{{else}}a step{{end}}";

const MOMENTS: [Moment; 11] = [
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
];

/// All that is there without a ConfigMap.
pub(crate) fn config(subject: Subject) -> Config {
    let moments = match subject {
        Subject::Rollout => MOMENTS.iter(),
        Subject::Application => [].iter(),
    };
    let template = |moment: &Moment| (moment.template.to_owned(), Template { texts: moment.notice(), built_in: true });
    let trigger = |moment: &Moment| (moment.trigger.to_owned(), Trigger::always(&[moment.template]));
    let mut config = Config::default();
    config.default_triggers = default_triggers(subject);
    config.templates.extend(moments.clone().map(template));
    config.triggers.extend(moments.map(trigger));
    config
}

/// What people hear of who subscribe without naming a trigger: all but what happens many times in one release.
fn default_triggers(subject: Subject) -> Vec<String> {
    let noisy = ["on-scaling-replica-set", "on-analysis-run-running"];
    let of_rollouts = MOMENTS.iter().map(|moment| moment.trigger).filter(|trigger| !noisy.contains(trigger));
    match subject {
        Subject::Rollout => of_rollouts.map(str::to_owned).collect(),
        Subject::Application => Vec::new(),
    }
}

const NAME: &str = "{{.rollout.metadata.namespace}}/{{.rollout.metadata.name}}";
const WHY: &str = "{{with .rollout.status.message}} {{.}}{{end}}";
const PHASE: &str = "{{with .rollout.status.phase}}Phase: {{.}}\n{{end}}";
/// A workload's template may be somewhere else.
const IMAGES: &str = "{{with .rollout.spec.template}}{{range .spec.containers}}{{.name}}: {{.image}}\n{{end}}{{end}}";

impl Moment {
    fn notice(&self) -> Notice {
        let (level, title) = (self.level, format!("{NAME} {}", self.says));
        let message = format!("{title}.{WHY}");
        let teams = TeamsText {
            title: title.clone(),
            summary: title.clone(),
            text: message.clone(),
            theme_color: level.colour().to_owned(),
            facts: facts(),
            ..TeamsText::default()
        };
        Notice {
            email: Some(EmailText {
                subject: format!("[{}] {title}", level.word()),
                body: format!("{message}\n\n{PHASE}{IMAGES}"),
            }),
            teams_workflows: Some(TeamsWorkflowsText {
                texts: TeamsText { theme_color: level.of_adaptive_cards().to_owned(), ..teams.clone() },
                adaptive_card: String::new(),
            }),
            teams: Some(teams),
            discord: Some(DiscordText { content: String::new(), embeds: embed(&title, level) }),
            google_chat: Some(GoogleChatText {
                cards_v2: card(&title),
                thread_key: format!("{NAME}/{{{{default \"\" .rollout.status.currentPodHash}}}}"),
                ..GoogleChatText::default()
            }),
            pager_duty: Some(PagerDutyText {
                summary: message.clone(),
                severity: level.severity().to_owned(),
                source: NAME.to_owned(),
                component: "{{.rollout.metadata.name}}".to_owned(),
                group: "{{.rollout.metadata.namespace}}".to_owned(),
                class: self.template.to_owned(),
                url: String::new(),
            }),
            opsgenie: Some(OpsgenieText {
                texts: OpsgenieTexts {
                    description: format!("{message}\n{IMAGES}"),
                    priority: level.priority().to_owned(),
                    entity: NAME.to_owned(),
                    ..OpsgenieTexts::default()
                },
                ..OpsgenieText::default()
            }),
            alertmanager: Some(alert(self.template, &message, level)),
            message,
            ..Notice::default()
        }
    }
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "done",
            Self::Note => "news",
            Self::Bad => "failed",
            Self::Worst => "urgent",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Self::Good => "#18be52",
            Self::Note => "#0DADEA",
            Self::Bad | Self::Worst => "#E01E5A",
        }
    }

    fn of_adaptive_cards(self) -> &'static str {
        match self {
            Self::Good => "Good",
            Self::Note => "Accent",
            Self::Bad | Self::Worst => "Attention",
        }
    }

    /// Of PagerDuty, and as a label of alerts.
    fn severity(self) -> &'static str {
        match self {
            Self::Good | Self::Note => "info",
            Self::Bad => "error",
            Self::Worst => "critical",
        }
    }

    /// Of Opsgenie.
    fn priority(self) -> &'static str {
        match self {
            Self::Good | Self::Note => "P5",
            Self::Bad => "P2",
            Self::Worst => "P1",
        }
    }
}

fn facts() -> String {
    r#"[{"name": "Phase", "value": {{toJson (default "" .rollout.status.phase)}}}
        {{- with .rollout.spec.template}}{{range .spec.containers}},
        {"name": {{toJson .name}}, "value": {{toJson .image}}}{{end}}{{end}}]"#
        .to_owned()
}

/// Names of objects need no escapes in JSON; all else is written by `toJson`.
fn embed(title: &str, level: Level) -> String {
    let colour = u32::from_str_radix(level.colour().trim_start_matches('#'), 16).unwrap_or_default();
    let says = r#"{{toJson (default "" .rollout.status.message)}}"#;
    format!(r#"[{{"title": "{title}", "description": {says}, "color": {colour}, "fields": {}}}]"#, facts())
}

/// JSON is YAML too.
fn card(title: &str) -> String {
    format!(
        r#"[{{"header": {{"title": "{title}"}}, "sections": [{{"widgets": [
            {{"textParagraph": {{"text": {{{{toJson (default (default "" .rollout.status.phase) .rollout.status.message)}}}}}}}}
            {{{{- with .rollout.spec.template}}}}{{{{range .spec.containers}}}},
            {{"decoratedText": {{"topLabel": {{{{toJson .name}}}}, "text": {{{{toJson .image}}}}}}}}{{{{end}}}}{{{{end}}}}]}}]}}]"#
    )
}

fn alert(template: &str, message: &str, level: Level) -> AlertmanagerText {
    let texts = |texts: &[(&str, &str)]| {
        texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>()
    };
    AlertmanagerText {
        labels: texts(&[
            ("alertname", template),
            ("namespace", "{{.rollout.metadata.namespace}}"),
            ("rollout", "{{.rollout.metadata.name}}"),
            ("severity", level.severity()),
        ]),
        annotations: texts(&[("summary", message)]),
        generator_url: String::new(),
    }
}
