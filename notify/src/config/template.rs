//! What is said: the texts of a template, for all services that may carry it.
//!
//! A template and the notice made of it have the same form: in the one the texts are templates of Go, in the other they are
//! written out.

pub(super) mod read;
mod write;

use std::collections::BTreeMap;

use super::fields::Fields;

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
    /// A card for Teams.
    TeamsText {
        /// The whole request, in JSON, instead of all else.
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

/// A card for a workflow of Teams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamsWorkflowsText {
    /// The texts; the colour is that of the title, `Good`, `Attention`, `Warning` or `Accent`.
    pub texts: TeamsText,
    /// The card, in JSON, instead of the texts.
    pub adaptive_card: String,
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
