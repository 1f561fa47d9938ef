//! A Slack in memory: what was posted is there, can be edited and found, and too much is refused.

use std::sync::{Arc, Mutex};

use expect_test::expect;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::fake::{Asked, Reply, reply};
use super::super::slack::{find, post, update};
use super::super::{Failure, Receipt};
use super::{Story, outcome};
use crate::Id;
use crate::config::{Kind, Slack};
use crate::slack::Message;

const CHANNEL: &str = "C0123456789";

/// The messages, in the order of their `ts`.
type Messages = Arc<Mutex<Vec<Value>>>;

fn answer(messages: &Messages, asked: &Asked) -> Reply {
    if asked.headers["authorization"] != "Bearer s3cr3t-t0ken" {
        return reply(200, json!({"ok": false, "error": "invalid_auth"}));
    }
    let mut messages = messages.lock().unwrap();
    let (method, query) =
        asked.line.rsplit_once('/').unwrap().1.split_once('?').unwrap_or((asked.line.rsplit('/').next().unwrap(), ""));
    let body = asked.json();
    let known = |channel: &str| ["general", "#general", CHANNEL].contains(&channel);
    reply(
        200,
        match method {
            "chat.postMessage" if !known(body["channel"].as_str().unwrap()) => {
                json!({"ok": false, "error": "channel_not_found"})
            }
            "chat.postMessage" if !body["thread_ts"].is_null() && messages.is_empty() => {
                json!({"ok": false, "error": "thread_not_found"})
            }
            "chat.postMessage" => {
                let ts = format!("1700000000.{:06}", messages.len() + 1);
                let mut message = body;
                message["ts"] = ts.clone().into();
                messages.push(message);
                json!({"ok": true, "channel": CHANNEL, "ts": ts})
            }
            // Unlike a post it knows no names.
            "chat.update" if body["channel"] != CHANNEL => json!({"ok": false, "error": "channel_not_found"}),
            "chat.update" => match messages.iter_mut().find(|message| message["ts"] == body["ts"]) {
                Some(message) => {
                    *message = body.clone();
                    json!({"ok": true, "channel": CHANNEL, "ts": body["ts"]})
                }
                None => json!({"ok": false, "error": "message_not_found"}),
            },
            "conversations.list" if !query.contains("cursor=") => {
                json!({"ok": true, "channels": [{"id": "C1", "name": "other"}], "response_metadata": {"next_cursor": "dGVhbQ=="}})
            }
            "conversations.list" => json!({"ok": true, "channels": [{"id": CHANNEL, "name": "general"}]}),
            "conversations.history" => {
                assert!(query.contains("include_all_metadata=true") && query.contains(CHANNEL), "{query}");
                let tops: Vec<_> = messages.iter().filter(|message| message["thread_ts"].is_null()).collect();
                json!({"ok": true, "messages": tops})
            }
            "conversations.replies" => json!({"ok": true, "messages": *messages}),
            other => panic!("{other}"),
        },
    )
}

async fn slack(template: &str) -> (Story, Messages) {
    let messages = Messages::default();
    let (seen, text) = (
        Arc::clone(&messages),
        format!("service.slack: 'token: $secret'\ntemplate.told: |\n  {}", template.replace('\n', "\n  ")),
    );
    (Story::of(&text, "general", move |asked| answer(&seen, asked)).await, messages)
}

fn options(story: &Story) -> &Slack {
    let Kind::Slack(options) = &story.config.services["slack"].kind else { panic!("no Slack") };
    options
}

/// The channel as people see it: replies below what they reply to.
fn channel(messages: &Messages) -> String {
    let messages = messages.lock().unwrap();
    let line = |message: &Value| {
        let (thread, text) = (message["thread_ts"].as_str(), message["text"].as_str().unwrap());
        let broadcast = if message["reply_broadcast"] == true { " (in the channel too)" } else { "" };
        format!("{}{text}{broadcast}\n", thread.map_or(String::new(), |top| format!("  {top} ↳ ")))
    };
    messages.iter().map(line).collect()
}

fn message(text: &str) -> Message {
    Message { text: text.to_owned(), ..Message::default() }
}

#[tokio::test]
async fn a_message_has_all_that_its_template_says() {
    let (story, _) = slack(
        "message: hello {{.name}}\nslack: {username: Ops, icon: ':ship:', attachments: '[{\"color\": \"#18be52\"}]', blocks: '[{\"type\": \"divider\"}]'}",
    )
    .await;
    let sent = outcome(story.send("notice", None).await);
    expect![[r##"
        POST https://slack.com/api/chat.postMessage
        authorization: Bearer s3cr3t-t0ken
        content-type: application/json; charset=utf-8
        {
          "attachments": [
            {
              "color": "#18be52"
            }
          ],
          "blocks": [
            {
              "type": "divider"
            }
          ],
          "channel": "general",
          "icon_emoji": ":ship:",
          "metadata": {
            "event_payload": {
              "id": "662cead3aaf46fbc88be5bf366dfcd8a"
            },
            "event_type": "sluice_notice"
          },
          "text": "hello shop",
          "username": "Ops"
        }
        → sent: 1700000000.000001 in "C0123456789""##]]
    .assert_eq(&format!("{}\n→ {sent}", story.asked()));
}

/// <https://github.com/argoproj/notifications-engine/issues/462>: the thread's `ts` outlives the process that posted.
#[tokio::test]
async fn a_release_is_one_thread_whose_top_is_edited() {
    let (story, messages) = slack("message: x").await;
    let (clients, options) = (&story.clients, options(&story));
    let (first, second) = (Id::of(&["top"]), Id::of(&["step"]));
    let top = post(clients, options, "#general", None, &message("step 1"), &first).await.unwrap();
    let kept: Receipt = serde_json::from_str(&serde_json::to_string(&top).unwrap()).unwrap();
    post(clients, options, "#general", Some(&kept), &message("step 1 done"), &second).await.unwrap();
    update(clients, options, &kept, &message("step 2"), &first).await.unwrap();
    let loud = Message { broadcast: true, ..message("aborted") };
    post(clients, options, "#general", Some(&kept), &loud, &second).await.unwrap();
    expect![[r#"
        step 2
          1700000000.000001 ↳ step 1 done
          1700000000.000001 ↳ aborted (in the channel too)
    "#]]
    .assert_eq(&channel(&messages));
}

#[tokio::test]
async fn what_was_posted_before_a_crash_is_found_again() {
    let (story, _) = slack("message: x").await;
    let (clients, options, since) = (&story.clients, options(&story), Timestamp::UNIX_EPOCH);
    let (top, step, lost) = (Id::of(&["top"]), Id::of(&["step"]), Id::of(&["never posted"]));
    let posted = post(clients, options, "general", None, &message("top"), &top).await.unwrap();
    let replied = post(clients, options, "general", Some(&posted), &message("step"), &step).await.unwrap();
    for name in ["general", "#general", CHANNEL] {
        assert_eq!(find(clients, options, name, None, since, &top).await, Ok(Some(posted.clone())), "{name}");
    }
    assert_eq!(find(clients, options, "general", Some(&posted), since, &step).await, Ok(Some(replied)));
    assert_eq!(find(clients, options, "general", Some(&posted), since, &lost).await, Ok(None));
    assert_eq!(find(clients, options, "unknown", None, since, &top).await, Ok(None));
    // What is edited can still be found.
    update(clients, options, &posted, &message("later"), &top).await.unwrap();
    assert!(find(clients, options, CHANNEL, None, since, &top).await.unwrap().is_some());
}

#[tokio::test]
async fn delivery_policies_reply_edit_or_do_both() {
    for (policy, expected) in [
        (
            "Post",
            expect![[r#"
        as it was
          1700000000.000001 ↳ told (in the channel too)
    "#]],
        ),
        (
            "Update",
            expect![[r#"
        told
    "#]],
        ),
        (
            "PostAndUpdate",
            expect![[r#"
        told
          1700000000.000001 ↳ told (in the channel too)
    "#]],
        ),
    ] {
        let (story, messages) = slack(&format!(
            "message: told\nslack: {{groupingKey: k, notifyBroadcast: true, deliveryPolicy: {policy}}}"
        ))
        .await;
        let first = story.send("1", None).await.unwrap().receipt.unwrap();
        messages.lock().unwrap()[0]["text"] = "as it was".into();
        let second = story.send("2", Some(&first)).await.unwrap().receipt.unwrap();
        assert_eq!(first, second, "the thread stays the same");
        expected.assert_eq(&channel(&messages));
    }
}

#[tokio::test]
async fn a_message_without_a_grouping_key_is_in_no_thread() {
    let (story, messages) = slack("message: told\nslack: {deliveryPolicy: PostAndUpdate}").await;
    let first = story.send("1", None).await.unwrap().receipt.unwrap();
    let second = story.send("2", Some(&first)).await.unwrap().receipt.unwrap();
    assert_ne!(first, second);
    assert_eq!(channel(&messages), "told\ntold\n");
}

#[tokio::test]
async fn a_message_that_somebody_deleted_is_posted_anew() {
    let gone = Receipt { place: CHANNEL.to_owned(), id: "1600000000.000001".to_owned() };
    for policy in ["Post", "Update", "PostAndUpdate"] {
        let (story, messages) =
            slack(&format!("message: told\nslack: {{groupingKey: k, deliveryPolicy: {policy}}}")).await;
        let new = story.send("1", Some(&gone)).await.unwrap().receipt.unwrap();
        assert_eq!((new.id.as_str(), channel(&messages).as_str()), ("1700000000.000001", "told\n"), "{policy}");
        let id = Id::of(&["x"]);
        let error = update(&story.clients, options(&story), &gone, &message("x"), &id).await.unwrap_err();
        assert_eq!(error.kind, Failure::Gone);
    }
}

#[tokio::test]
async fn errors_of_slack_say_what_to_do() {
    let mut told = Vec::new();
    for answer in [
        json!({"ok": false, "error": "channel_not_found"}),
        json!({"ok": false, "error": "not_in_channel"}),
        json!({"ok": false, "error": "is_archived"}),
        json!({"ok": false, "error": "msg_too_long"}),
        json!({"ok": false, "error": "invalid_auth"}),
        json!({"ok": false, "error": "token_revoked"}),
        json!({"ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "s3cr3t-t0ken"}),
        json!({"ok": false, "error": "invalid_blocks", "response_metadata": {"messages": ["[ERROR] no s3cr3t-t0ken at /blocks/0"]}}),
        json!({"ok": false, "error": "ratelimited"}),
        json!({"ok": false, "error": "fatal_error"}),
        json!({"ok": false, "error": "thread_not_found"}),
        json!({"ok": false, "error": "something_new"}),
        json!({"ok": true}),
        json!("<html>"),
    ] {
        let story = Story::of("{service.slack: 'token: $secret', template.told: 'message: x'}", "general", move |_| {
            reply(200, &answer)
        })
        .await;
        told.push(outcome(story.send("notice", None).await));
    }
    expect![[r#"
        Permanent: Slack says channel_not_found; check the channel's name; into a private channel, invite the app first
        Permanent: Slack says not_in_channel; invite the app to the channel, or give it the scope chat:write.public
        Permanent: Slack says is_archived; the channel is archived; subscribe another one
        Template: Slack says msg_too_long; shorten the template
        Refused: Slack says invalid_auth; put the token of a bot (xoxb-…) that is installed in the workspace into the Secret
        Refused: Slack says token_revoked; put the token of a bot (xoxb-…) that is installed in the workspace into the Secret
        Refused: Slack says missing_scope; give the app the scope chat:write, and install it again
        Template: Slack says invalid_blocks; correct slack.blocks or slack.attachments of the template ([ERROR] no ***** at /blocks/0)
        Temporary { retry_after: None }: Slack says ratelimited
        Temporary { retry_after: None }: Slack says fatal_error
        Gone: Slack says thread_not_found
        Permanent: Slack says something_new
        Permanent: Slack took the message without saying where it is (no channel, no ts)
        Temporary { retry_after: None }: Slack answered something else than its API does; see apiURL"#]].assert_eq(&told.join("\n"));
}

/// <https://docs.slack.dev/apis/web-api/rate-limits>: the answer has a body of its own, and says when to come again.
#[tokio::test]
async fn too_much_at_once_is_told_with_the_time_to_wait() {
    let answer = Reply {
        headers: vec![("retry-after", "7".to_owned())],
        ..reply(429, json!({"ok": false, "error": "ratelimited"}))
    };
    let story =
        Story::of("{service.slack: 'token: $secret', template.told: 'message: x'}", "general", move |_| answer.clone())
            .await;
    let error = story.send("notice", None).await.unwrap_err();
    assert_eq!(error.kind, Failure::Temporary { retry_after: Some(std::time::Duration::from_secs(7)) });
}
