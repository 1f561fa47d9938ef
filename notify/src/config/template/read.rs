//! Reads templates.

use std::collections::BTreeMap;
use std::convert::Infallible;

use serde_json::Value;
use sluice_template as go;

use super::{
    AlertmanagerText, DeliveryPolicy, DiscordText, EmailText, GoogleChatText, GrafanaText, Notice, OpsgenieText,
    OpsgenieTexts, PagerDutyText, Responder, SlackText, SlackTexts, TeamsText, TeamsWorkflowsText, Template,
    WebhookText,
};
use crate::config::fields::{self, Fields, Found};
use crate::config::service::{FOREIGN, instead_of};

/// Reads `template.NAME`; nothing if there is a mistake in it.
pub(in crate::config) fn template(key: &str, value: Value, found: &mut Found) -> Option<Template> {
    let before = found.mistakes;
    let texts = fields::whole(key, value, found, |fields| {
        for foreign in FOREIGN {
            fields.without_effect(&[foreign], instead_of(foreign));
        }
        notice(fields)
    });
    parse(key, &texts, found);
    (found.mistakes == before).then_some(Template { texts, built_in: false })
}

/// Names texts that are no templates of Go. That they are some is known now, long before they are needed.
fn parse(key: &str, texts: &Notice, found: &mut Found) {
    let Ok(_) = texts.write(&mut |at: &str, source: &str| {
        if let Err(error) = go::Template::parse(source) {
            found.wrong(format!("{key}.{at}"), error);
        }
        Ok::<_, Infallible>(String::new())
    });
}

fn notice(fields: &mut Fields<'_>) -> Notice {
    Notice {
        message: fields.text("message").unwrap_or_default(),
        slack: fields.inner("slack", slack),
        email: fields.inner("email", EmailText::read),
        webhook: webhooks(fields),
        teams: fields.inner("teams", TeamsText::read),
        teams_workflows: fields.inner("teams-workflows", teams_workflows),
        discord: fields.inner("discord", DiscordText::read),
        google_chat: fields.inner("googlechat", GoogleChatText::read),
        pager_duty: fields.inner("pagerdutyv2", PagerDutyText::read),
        opsgenie: fields.inner("opsgenie", opsgenie),
        alertmanager: fields.inner("alertmanager", alertmanager),
        grafana: fields.inner("grafana", GrafanaText::read),
    }
}

const POLICIES: [(&str, DeliveryPolicy); 3] = [
    ("Post", DeliveryPolicy::Post),
    ("PostAndUpdate", DeliveryPolicy::PostAndUpdate),
    ("Update", DeliveryPolicy::Update),
];

fn slack(fields: &mut Fields<'_>) -> SlackText {
    SlackText {
        texts: SlackTexts::read(fields),
        notify_broadcast: fields.flag("notifyBroadcast"),
        delivery_policy: fields.word("deliveryPolicy", &POLICIES),
    }
}

fn teams_workflows(fields: &mut Fields<'_>) -> TeamsWorkflowsText {
    TeamsWorkflowsText {
        texts: TeamsText::read(fields),
        adaptive_card: fields.text("adaptiveCard").unwrap_or_default(),
    }
}

fn webhooks(fields: &mut Fields<'_>) -> BTreeMap<String, WebhookText> {
    let read = |fields: &mut Fields<'_>| {
        let names = fields.names();
        names.into_iter().filter_map(|name| fields.inner(&name, webhook).map(|text| (name, text))).collect()
    };
    fields.inner("webhook", read).unwrap_or_default()
}

fn webhook(fields: &mut Fields<'_>) -> WebhookText {
    let text = WebhookText::read(fields);
    if http::Method::try_from(text.method.as_str()).is_err() && !text.method.is_empty() {
        fields.wrong("method", "must be a method of HTTP, such as POST");
    }
    text
}

fn opsgenie(fields: &mut Fields<'_>) -> OpsgenieText {
    OpsgenieText {
        texts: OpsgenieTexts::read(fields),
        actions: fields.texts("actions"),
        tags: fields.texts("tags"),
        details: fields.map("details"),
        visible_to: fields.items("visibleTo", Responder::read),
    }
}

fn alertmanager(fields: &mut Fields<'_>) -> AlertmanagerText {
    let text = AlertmanagerText {
        labels: fields.map("labels"),
        annotations: fields.map("annotations"),
        generator_url: fields.text("generatorURL").unwrap_or_default(),
    };
    if text.labels.is_empty() {
        fields.wrong("labels", "is missing; an alert needs a label, such as {severity: warning}");
    }
    text
}
