//! What is said: the texts of a template, for all services that may carry it.
//!
//! A template and the notice made of it have the same form: in the one the texts are templates of Go, in the other they are
//! written out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::{self, Fields, Found};
use super::service::{FOREIGN, Kind, Service, instead_of};

/// Writes a text out: where it stands in the template, and the text.
pub(crate) type Write<'w, E> = dyn FnMut(&str, &str) -> Result<String, E> + 'w;

/// A template of the ConfigMap, or one that is built in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// What it says, to be written out.
    pub texts: Notice,
    /// It is built in: a service that knows a better form may use that.
    pub built_in: bool,
}

/// Declares texts of one service: the fields of the ConfigMap, how they are read, written out and laid over others.
macro_rules! texts {
    ($(#[$about:meta])* $name:ident { $($(#[$says:meta])* $field:ident: $key:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$says])* pub $field: String,)+
        }

        impl $name {
            fn read(fields: &mut Fields<'_>) -> Self {
                Self { $($field: fields.text($key).unwrap_or_default(),)+ }
            }

            fn write<E>(&self, at: &str, write: &mut Write<'_, E>) -> Result<Self, E> {
                Ok(Self { $($field: write(&format!("{at}.{}", $key), &self.$field)?,)+ })
            }
        }
    };
}

/// What is said, service by service. A service that has nothing of its own says `message`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// For all services.
    pub message: String,
    /// For Slack.
    pub slack: Option<SlackText>,
    /// For e-mail.
    pub email: Option<EmailText>,
    /// For webhooks, by the name of the service.
    pub webhook: BTreeMap<String, WebhookText>,
    /// For connectors of Teams.
    pub teams: Option<TeamsText>,
    /// For workflows of Teams.
    pub teams_workflows: Option<TeamsWorkflowsText>,
    /// For Discord.
    pub discord: Option<DiscordText>,
    /// For Google Chat.
    pub google_chat: Option<GoogleChatText>,
    /// For PagerDuty.
    pub pager_duty: Option<PagerDutyText>,
    /// For Opsgenie.
    pub opsgenie: Option<OpsgenieText>,
    /// For Alertmanager.
    pub alertmanager: Option<AlertmanagerText>,
    /// For Grafana.
    pub grafana: Option<GrafanaText>,
}

/// What Slack shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlackText {
    /// The texts.
    pub texts: SlackTexts,
    /// A reply is shown in the channel too.
    pub notify_broadcast: bool,
    /// What becomes of the message that has the same grouping key.
    pub delivery_policy: DeliveryPolicy,
}

/// What becomes of the message of Slack that has the same grouping key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliveryPolicy {
    /// It gets a reply.
    #[default]
    Post,
    /// It gets a reply and is edited.
    PostAndUpdate,
    /// It is edited.
    Update,
}

texts! {
    /// The texts that Slack shows.
    SlackTexts {
        /// Who writes.
        username: "username",
        /// `:emoji:` or an address.
        icon: "icon",
        /// A list of attachments, in JSON.
        attachments: "attachments",
        /// A list of blocks, in JSON.
        blocks: "blocks",
        /// Messages that have the same are one thread.
        grouping_key: "groupingKey",
    }
}

texts! {
    /// A mail.
    EmailText {
        /// Its subject.
        subject: "subject",
        /// Its body; the message where it is empty.
        body: "body",
    }
}

texts! {
    /// A request to a webhook.
    WebhookText {
        /// `GET` where it is empty.
        method: "method",
        /// Behind the service's address.
        path: "path",
        /// The body.
        body: "body",
    }
}

texts! {
    /// A card for a connector of Teams.
    TeamsText {
        /// The whole card, in JSON, instead of all else.
        template: "template",
        /// The title.
        title: "title",
        /// What a preview shows.
        summary: "summary",
        /// The text; the message where it is empty.
        text: "text",
        /// The colour, such as `#000080`.
        theme_color: "themeColor",
        /// A list of facts, in JSON.
        facts: "facts",
        /// A list of sections, in JSON.
        sections: "sections",
        /// A list of actions, in JSON.
        potential_action: "potentialAction",
    }
}

texts! {
    /// A card for a workflow of Teams.
    TeamsWorkflowsText {
        /// The whole request, in JSON, instead of all else.
        template: "template",
        /// The card, in JSON, instead of what follows.
        adaptive_card: "adaptiveCard",
        /// The title.
        title: "title",
        /// What a preview shows.
        summary: "summary",
        /// The text; the message where it is empty.
        text: "text",
        /// `Good`, `Attention`, `Warning`, `Accent`; as a colour of its title.
        theme_color: "themeColor",
        /// A list of facts, in JSON.
        facts: "facts",
        /// A list of sections with facts, in JSON.
        sections: "sections",
        /// A list of actions `OpenUri`, in JSON.
        potential_action: "potentialAction",
    }
}

texts! {
    /// A message in Discord.
    DiscordText {
        /// The text; the message where it is empty.
        content: "content",
        /// A list of embeds, in JSON.
        embeds: "embeds",
    }
}

texts! {
    /// A message in Google Chat.
    GoogleChatText {
        /// A list of cards of the old form, in YAML.
        cards: "cards",
        /// A list of cards, in YAML.
        cards_v2: "cardsV2",
        /// Messages that have the same are one thread.
        thread_key: "threadKey",
    }
}

texts! {
    /// An event of PagerDuty.
    PagerDutyText {
        /// What happened; the message where it is empty.
        summary: "summary",
        /// `critical`, `error`, `warning` or `info`.
        severity: "severity",
        /// Where it happened.
        source: "source",
        /// What of it.
        component: "component",
        /// What it belongs to.
        group: "group",
        /// What kind of event it is.
        class: "class",
        /// Where to read more.
        url: "url",
    }
}

/// An alert of Opsgenie; its title is the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpsgenieText {
    /// The texts.
    pub texts: OpsgenieTexts,
    /// What people can do about it.
    pub actions: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// More about it.
    pub details: BTreeMap<String, String>,
    /// Who sees it besides the team it is for.
    pub visible_to: Vec<Responder>,
}

texts! {
    /// The texts of an alert of Opsgenie.
    OpsgenieTexts {
        /// All about it.
        description: "description",
        /// `P1` to `P5`.
        priority: "priority",
        /// Alerts that have the same are one.
        alias: "alias",
        /// A note beside it.
        note: "note",
        /// What it is about.
        entity: "entity",
        /// Who tells.
        user: "user",
    }
}

texts! {
    /// Somebody who sees an alert of Opsgenie.
    Responder {
        /// `team` or `user`.
        kind: "type",
        /// By the identifier.
        id: "id",
        /// By a team's name.
        name: "name",
        /// By a user's name.
        username: "username",
    }
}

/// An alert of Alertmanager.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertmanagerText {
    /// What it is; `alertname` is the template's name where it is left out.
    pub labels: BTreeMap<String, String>,
    /// More about it.
    pub annotations: BTreeMap<String, String>,
    /// Where to read more.
    pub generator_url: String,
}

texts! {
    /// An annotation of Grafana; its tags are the recipient.
    GrafanaText {
        /// The text; the message where it is empty.
        text: "text",
    }
}

/// Reads `template.NAME`; nothing if there is a mistake in it.
pub(super) fn read(key: &str, value: Value, found: &mut Found) -> Option<Template> {
    let before = found.mistakes;
    let texts = fields::whole(key, value, found, |fields| {
        for foreign in FOREIGN {
            fields.without_effect(&[foreign], instead_of(foreign));
        }
        notice(fields)
    });
    (found.mistakes == before).then_some(Template { texts, built_in: false })
}

fn notice(fields: &mut Fields<'_>) -> Notice {
    Notice {
        message: fields.text("message").unwrap_or_default(),
        slack: fields.inner("slack", slack),
        email: fields.inner("email", EmailText::read),
        webhook: webhooks(fields),
        teams: fields.inner("teams", TeamsText::read),
        teams_workflows: fields.inner("teams-workflows", TeamsWorkflowsText::read),
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
            teams_workflows: self
                .teams_workflows
                .as_ref()
                .map(|text| text.write("teams-workflows", write))
                .transpose()?,
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
