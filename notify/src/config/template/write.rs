//! Writes templates out, and lays one over another.

use std::collections::BTreeMap;

use super::{AlertmanagerText, Notice, OpsgenieText, SlackText, TeamsWorkflowsText, WebhookText, Write};
use crate::config::service::{Kind, Service};

impl Notice {
    /// What a service shows of it.
    pub(crate) fn shown_by(&self, service: &Service) -> Self {
        let mut shown = Self { message: self.message.clone(), ..Self::default() };
        match service.kind {
            Kind::Slack(_) => shown.slack.clone_from(&self.slack),
            Kind::Email(_) => shown.email.clone_from(&self.email),
            Kind::Webhook(_) => {
                let own = self.webhook.get_key_value(&service.name);
                shown.webhook = own.map(|(name, text)| (name.clone(), text.clone())).into_iter().collect();
            }
            Kind::Teams(_) => shown.teams.clone_from(&self.teams),
            Kind::TeamsWorkflows(_) => shown.teams_workflows.clone_from(&self.teams_workflows),
            Kind::Discord(_) => shown.discord.clone_from(&self.discord),
            Kind::GoogleChat(_) => shown.google_chat.clone_from(&self.google_chat),
            Kind::PagerDuty(_) => shown.pager_duty.clone_from(&self.pager_duty),
            Kind::Opsgenie(_) => shown.opsgenie.clone_from(&self.opsgenie),
            Kind::Alertmanager(_) => shown.alertmanager.clone_from(&self.alertmanager),
            Kind::Grafana(_) => shown.grafana.clone_from(&self.grafana),
        }
        shown
    }

    /// The same with each text written out.
    pub(crate) fn write<E>(&self, write: &mut Write<'_, E>) -> Result<Self, E> {
        let each = |webhooks: &BTreeMap<String, WebhookText>, write: &mut Write<'_, E>| {
            let one = |(name, text): (&String, &WebhookText)| {
                Ok((name.clone(), text.write(&format!("webhook.{name}"), write)?))
            };
            webhooks.iter().map(one).collect::<Result<BTreeMap<_, _>, E>>()
        };
        Ok(Self {
            message: write("message", &self.message)?,
            webhook: each(&self.webhook, write)?,
            slack: self.slack.as_ref().map(|text| text.write(write)).transpose()?,
            email: self.email.as_ref().map(|text| text.write("email", write)).transpose()?,
            teams: self.teams.as_ref().map(|text| text.write("teams", write)).transpose()?,
            teams_workflows: self.teams_workflows.as_ref().map(|text| text.write(write)).transpose()?,
            discord: self.discord.as_ref().map(|text| text.write("discord", write)).transpose()?,
            google_chat: self.google_chat.as_ref().map(|text| text.write("googlechat", write)).transpose()?,
            pager_duty: self.pager_duty.as_ref().map(|text| text.write("pagerdutyv2", write)).transpose()?,
            opsgenie: self.opsgenie.as_ref().map(|text| text.write(write)).transpose()?,
            alertmanager: self.alertmanager.as_ref().map(|text| text.write(write)).transpose()?,
            grafana: self.grafana.as_ref().map(|text| text.write("grafana", write)).transpose()?,
        })
    }

    /// This notice, and over it what `later` says: a trigger may send several templates.
    pub(crate) fn under(self, later: Self) -> Self {
        let mut webhook = self.webhook;
        webhook.extend(later.webhook);
        Self {
            message: if later.message.is_empty() { self.message } else { later.message },
            slack: later.slack.or(self.slack),
            email: later.email.or(self.email),
            webhook,
            teams: later.teams.or(self.teams),
            teams_workflows: later.teams_workflows.or(self.teams_workflows),
            discord: later.discord.or(self.discord),
            google_chat: later.google_chat.or(self.google_chat),
            pager_duty: later.pager_duty.or(self.pager_duty),
            opsgenie: later.opsgenie.or(self.opsgenie),
            alertmanager: later.alertmanager.or(self.alertmanager),
            grafana: later.grafana.or(self.grafana),
        }
    }
}

impl SlackText {
    fn write<E>(&self, write: &mut Write<'_, E>) -> Result<Self, E> {
        Ok(Self { texts: self.texts.write("slack", write)?, ..*self })
    }
}

impl TeamsWorkflowsText {
    fn write<E>(&self, write: &mut Write<'_, E>) -> Result<Self, E> {
        let texts = self.texts.write("teams-workflows", write)?;
        Ok(Self { texts, adaptive_card: write("teams-workflows.adaptiveCard", &self.adaptive_card)? })
    }
}

impl OpsgenieText {
    fn write<E>(&self, write: &mut Write<'_, E>) -> Result<Self, E> {
        let visible_to = self.visible_to.iter().map(|who| who.write("opsgenie.visibleTo", write));
        Ok(Self {
            visible_to: visible_to.collect::<Result<_, E>>()?,
            texts: self.texts.write("opsgenie", write)?,
            actions: all("opsgenie.actions", &self.actions, write)?,
            tags: all("opsgenie.tags", &self.tags, write)?,
            details: named("opsgenie.details", &self.details, write)?,
        })
    }
}

impl AlertmanagerText {
    fn write<E>(&self, write: &mut Write<'_, E>) -> Result<Self, E> {
        Ok(Self {
            labels: named("alertmanager.labels", &self.labels, write)?,
            annotations: named("alertmanager.annotations", &self.annotations, write)?,
            generator_url: write("alertmanager.generatorURL", &self.generator_url)?,
        })
    }
}

fn all<E>(at: &str, texts: &[String], write: &mut Write<'_, E>) -> Result<Vec<String>, E> {
    texts.iter().map(|text| write(at, text)).collect()
}

fn named<E>(
    at: &str,
    texts: &BTreeMap<String, String>,
    write: &mut Write<'_, E>,
) -> Result<BTreeMap<String, String>, E> {
    let one = |(name, text): (&String, &String)| Ok((name.clone(), write(&format!("{at}.{name}"), text)?));
    texts.iter().map(one).collect()
}
