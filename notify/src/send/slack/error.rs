//! What Slack's errors mean: <https://docs.slack.dev/reference/methods/chat.postMessage#errors>.

use serde_json::Value;

use crate::send::http::{at, text_at};
use crate::send::{Failure, SendError};

/// Errors of a Slack in trouble.
const PASSING: [&str; 9] = [
    "ratelimited",
    "rate_limited",
    "message_limit_exceeded",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
    "org_login_required",
];

/// Errors of the token, or of what it allows: others would be taken.
const CREDENTIALS: [&str; 11] = [
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "access_denied",
    "ekm_access_denied",
    "two_factor_setup_required",
];

/// Errors of an edit or a reply whose message is not there.
const GONE: [&str; 3] = ["message_not_found", "thread_not_found", "cant_update_message"];

/// Errors of texts that Slack cannot show.
const TEXTS: [&str; 6] = [
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_attachments",
    "msg_too_long",
    "msg_blocks_too_long",
    "no_text",
];

/// The error of an answer that is not `ok`.
pub(super) fn of(answer: &Value) -> SendError {
    let error = at(answer, "/error").as_str().unwrap_or("no error named");
    let kind = match error {
        _ if PASSING.contains(&error) => Failure::Temporary { retry_after: None },
        _ if CREDENTIALS.contains(&error) => Failure::Refused,
        _ if GONE.contains(&error) => Failure::Gone,
        _ if TEXTS.contains(&error) => Failure::Template,
        _ => Failure::Permanent,
    };
    let advice = advice(error, answer).map(|advice| format!("; {advice}")).unwrap_or_default();
    SendError { kind, text: format!("Slack says {error}{advice}{}", details(answer)) }
}

fn advice(error: &str, answer: &Value) -> Option<String> {
    let advice = match error {
        "channel_not_found" => "check the channel's name; into a private channel, invite the app first",
        "not_in_channel" => "invite the app to the channel, or give it the scope chat:write.public",
        "is_archived" => "the channel is archived; subscribe another one",
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" => {
            "put the token of a bot (xoxb-…) that is installed in the workspace into the Secret"
        }
        "missing_scope" => {
            let needed = text_at(answer, "/needed").unwrap_or_else(|| "that the method needs".to_owned());
            return Some(format!("give the app the scope {needed}, and install it again"));
        }
        "invalid_blocks" | "invalid_blocks_format" | "invalid_attachments" => {
            "correct slack.blocks or slack.attachments of the template"
        }
        "msg_too_long" | "msg_blocks_too_long" => "shorten the template",
        "restricted_action" | "restricted_action_read_only_channel" => {
            "the workspace does not let apps post there; ask its owner"
        }
        _ => return None,
    };
    Some(advice.to_owned())
}

/// What Slack says beside the error: which block is wrong.
fn details(answer: &Value) -> String {
    let messages = at(answer, "/response_metadata/messages").as_array();
    let texts = messages.into_iter().flatten().filter_map(Value::as_str).take(3);
    let texts = texts.collect::<Vec<_>>().join(", ");
    if texts.is_empty() { texts } else { format!(" ({texts})") }
}
