//! What is said where the ConfigMap says nothing: triggers and templates under the established names, and three of our own.
//!
//! A key of the ConfigMap takes the place of what is here. Slack has a better form for those of Rollouts: a thread for each release
//! ([`crate::slack`]).

mod app;
mod rollout;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::config::{
    AlertmanagerText, Config, DiscordText, EmailText, GoogleChatText, Notice, OpsgenieText, OpsgenieTexts,
    PagerDutyText, SlackText, SlackTexts, Subject, TeamsText, TeamsWorkflowsText, Template,
};
use crate::trigger::Trigger;

/// One thing that people hear of.
struct Moment {
    trigger: &'static str,
    template: &'static str,
    /// When, and how often; `None`: at the event that the trigger is named after.
    when: Option<(&'static str, &'static str)>,
    /// What follows the object's name.
    says: &'static str,
    level: Level,
}

/// How an object is spoken of: pieces of templates.
struct Words {
    /// The object, in a sentence.
    name: &'static str,
    /// Its name alone, as a place.
    place: &'static str,
    /// What is wrong with it, behind a sentence.
    why: &'static str,
    /// Lines about it, for a mail.
    lines: &'static str,
    /// Lines about it, for an alert.
    more: &'static str,
    /// A list of facts with names and values, in JSON.
    facts: &'static str,
    /// What it says of itself, as a text in JSON.
    says: &'static str,
    /// The same; something else where it says nothing.
    sums_up: &'static str,
    /// More of a card, in JSON.
    widgets: &'static str,
    /// What belongs to one thread of messages.
    thread: &'static str,
    /// Names of labels, with what they are.
    labels: [(&'static str, &'static str); 2],
    /// The fields of a message in Slack, in JSON, where Slack has no thread for it.
    slack: Option<&'static str>,
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

fn spoken(subject: Subject) -> (&'static [Moment], &'static Words) {
    match subject {
        Subject::Rollout => (&rollout::MOMENTS, &rollout::WORDS),
        Subject::Application => (&app::MOMENTS, &app::WORDS),
    }
}

/// What a trigger sends without a ConfigMap: the template's name, and the template.
pub(crate) fn template(subject: Subject, trigger: &str) -> Option<(&'static str, Template)> {
    let (moments, words) = spoken(subject);
    let moment = moments.iter().find(|moment| moment.trigger == trigger)?;
    Some((moment.template, Template { texts: moment.notice(words), built_in: true }))
}

/// All that is there without a ConfigMap.
pub(crate) fn config(subject: Subject) -> Config {
    let (moments, words) = spoken(subject);
    let template =
        |moment: &Moment| (moment.template.to_owned(), Template { texts: moment.notice(words), built_in: true });
    let trigger = |moment: &Moment| {
        let trigger = match moment.when {
            None => Some(Trigger::always(&[moment.template])),
            Some((when, once_per)) => Trigger::when(subject, when, once_per, &[moment.template]),
        };
        Some((moment.trigger.to_owned(), trigger?))
    };
    let mut config = Config::default();
    config.default_triggers = default_triggers(subject);
    config.templates.extend(moments.iter().map(template));
    config.triggers.extend(moments.iter().filter_map(trigger));
    config
}

/// What people hear of who subscribe without naming a trigger. Of Rollouts: all but what happens many times in one release; of
/// Applications nothing, as with the established controllers.
fn default_triggers(subject: Subject) -> Vec<String> {
    let noisy = ["on-scaling-replica-set", "on-analysis-run-running"];
    let of_rollouts = rollout::MOMENTS.iter().map(|moment| moment.trigger).filter(|trigger| !noisy.contains(trigger));
    match subject {
        Subject::Rollout => of_rollouts.map(str::to_owned).collect(),
        Subject::Application => Vec::new(),
    }
}

impl Moment {
    fn notice(&self, words: &Words) -> Notice {
        let (level, title) = (self.level, format!("{} {}", words.name, self.says));
        let message = format!("{title}.{}", words.why);
        let teams = TeamsText {
            title: title.clone(),
            summary: title.clone(),
            text: message.clone(),
            theme_color: level.colour().to_owned(),
            facts: words.facts.to_owned(),
            ..TeamsText::default()
        };
        Notice {
            email: Some(EmailText {
                subject: format!("[{}] {title}", level.word()),
                body: format!("{message}\n\n{}", words.lines),
            }),
            teams_workflows: Some(TeamsWorkflowsText {
                texts: TeamsText { theme_color: level.of_adaptive_cards().to_owned(), ..teams.clone() },
                adaptive_card: String::new(),
            }),
            teams: Some(teams),
            discord: Some(DiscordText { content: String::new(), embeds: embed(&title, level, words) }),
            google_chat: Some(GoogleChatText {
                cards_v2: card(&title, words),
                thread_key: words.thread.to_owned(),
                ..GoogleChatText::default()
            }),
            pager_duty: Some(PagerDutyText {
                summary: message.clone(),
                severity: level.severity().to_owned(),
                source: words.place.to_owned(),
                component: words.labels[1].1.to_owned(),
                group: words.labels[0].1.to_owned(),
                class: self.template.to_owned(),
                url: String::new(),
            }),
            opsgenie: Some(OpsgenieText {
                texts: OpsgenieTexts {
                    description: format!("{message}\n{}", words.more),
                    priority: level.priority().to_owned(),
                    entity: words.place.to_owned(),
                    ..OpsgenieTexts::default()
                },
                ..OpsgenieText::default()
            }),
            alertmanager: Some(alert(self.template, &message, level, words)),
            slack: words.slack.map(|fields| attachment(&title, level, fields)),
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

/// Names of objects need no escapes in JSON; all else is written by `toJson`.
fn embed(title: &str, level: Level, words: &Words) -> String {
    let colour = u32::from_str_radix(level.colour().trim_start_matches('#'), 16).unwrap_or_default();
    let Words { says, facts, .. } = words;
    format!(r#"[{{"title": "{title}", "description": {says}, "color": {colour}, "fields": {facts}}}]"#)
}

/// JSON is YAML too.
fn card(title: &str, words: &Words) -> String {
    let Words { sums_up, widgets, .. } = words;
    format!(
        r#"[{{"header": {{"title": "{title}"}}, "sections": [{{"widgets": [
            {{"textParagraph": {{"text": {sums_up}}}}}
            {widgets}]}}]}}]"#
    )
}

fn attachment(title: &str, level: Level, fields: &str) -> SlackText {
    let colour = level.colour();
    let attachments = format!(r#"[{{"fallback": "{title}", "color": "{colour}", "fields": {fields}}}]"#);
    SlackText { texts: SlackTexts { attachments, ..SlackTexts::default() }, ..SlackText::default() }
}

fn alert(template: &str, message: &str, level: Level, words: &Words) -> AlertmanagerText {
    let texts = |texts: &[(&str, &str)]| {
        texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let [first, second] = words.labels;
    AlertmanagerText {
        labels: texts(&[("alertname", template), first, second, ("severity", level.severity())]),
        annotations: texts(&[("summary", message)]),
        generator_url: String::new(),
    }
}
