//! A message of Slack, and the blocks it is built of.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks>

use serde_json::{Value, json};

use super::text::LONGEST_TEXT;
use crate::text::cut;

/// What is posted, or takes the place of what was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// What previews, notifications and screen readers say; in Slack's format, as the blocks are.
    pub text: String,
    /// The blocks, as Slack's API takes them.
    pub blocks: Vec<Value>,
    /// The attachments; the only place where Slack shows a colour.
    pub attachments: Vec<Value>,
    /// Who writes; the app's own name where it is empty.
    pub username: String,
    /// `:emoji:` or an address; the app's own where it is empty.
    pub icon: String,
    /// As a reply, it is shown in the channel too.
    pub broadcast: bool,
}

/// The most blocks in a message.
const MOST_BLOCKS: usize = 50;

impl Message {
    /// A line above, and below it blocks with a colour at their side.
    pub(super) fn coloured(text: String, above: Vec<Value>, colour: &str, mut blocks: Vec<Value>) -> Self {
        blocks.truncate(MOST_BLOCKS - above.len());
        let attachments = match blocks.as_slice() {
            [] => Vec::new(),
            _ => vec![json!({"color": colour, "fallback": text, "blocks": blocks})],
        };
        Self { text, blocks: above, attachments, ..Self::default() }
    }
}

/// A text of Slack's format; `text` has to be escaped.
fn mrkdwn(text: &str) -> Value {
    // Escapes may have made it longer.
    json!({"type": "mrkdwn", "text": cut(text, LONGEST_TEXT)})
}

/// A paragraph.
pub(super) fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

/// Small print.
pub(super) fn context(texts: &[String]) -> Option<Value> {
    let elements: Vec<Value> = texts.iter().filter(|text| !text.is_empty()).take(10).map(|text| mrkdwn(text)).collect();
    (!elements.is_empty()).then(|| json!({"type": "context", "elements": elements}))
}
