use expect_test::{Expect, expect};
use jiff::Timestamp;
use serde_json::Value;

use super::*;
use crate::release::{Analysis, Commit, Concern, Happening, Image, Link, Metric, Phase, Release, Steps, Verdict};

fn t(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn release(phase: Phase) -> Release {
    Release {
        namespace: "shop".to_owned(),
        name: "checkout".to_owned(),
        cluster: "prod-eu".to_owned(),
        revision: 42,
        phase,
        weight: Some(40),
        steps: Some(Steps { done: 2, all: 5 }),
        images: vec![
            image("web", Some("registry.example.com/shop/checkout:1.4.2"), "registry.example.com/shop/checkout:1.5.0"),
            image("proxy", Some("envoy:1.30"), "envoy:1.30"),
        ],
        who: "jane@example.com".to_owned(),
        commit: Some(Commit {
            hash: "3f9c1e7ab04d55".to_owned(),
            title: "Faster baskets & <b>bold</b> prices".to_owned(),
            url: "https://git.example.com/shop/commit/3f9c1e7".to_owned(),
        }),
        why: String::new(),
        links: vec![Link {
            title: "Dashboard".to_owned(),
            url: "https://grafana.example.com/d/x?var=a&b=c".to_owned(),
        }],
        began: t("2026-11-29T03:04:05Z"),
        ended: None,
    }
}

fn image(container: &str, old: Option<&str>, new: &str) -> Image {
    Image { container: container.to_owned(), old: old.map(str::to_owned), new: new.to_owned() }
}

/// A message as it reads: its parts, one below the other.
fn shown(message: &Message) -> String {
    let mut lines = vec![format!("[{}]{}", message.text, if message.broadcast { " to the channel" } else { "" })];
    let colour = message.attachments.first().map(|it| it["color"].as_str().unwrap());
    lines.extend(message.blocks.iter().map(block));
    lines.extend(colour.map(|colour| format!("-- {colour}")));
    lines.extend(inner(message).iter().map(block));
    lines.join("\n")
}

fn inner(message: &Message) -> Vec<Value> {
    let blocks = message.attachments.iter().flat_map(|it| it["blocks"].as_array().unwrap().clone());
    blocks.collect()
}

fn block(block: &Value) -> String {
    match block["type"].as_str().unwrap() {
        "section" => block["text"]["text"].as_str().unwrap().to_owned(),
        "context" => {
            let texts = block["elements"].as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap());
            format!("({})", texts.collect::<Vec<_>>().join(" | "))
        }
        other => panic!("{other}"),
    }
}

fn check(release: &Release, expected: Expect) {
    expected.assert_eq(&shown(&top(release)));
}

fn check_reply(happening: Happening, expected: Expect) {
    expected.assert_eq(&shown(&reply(&release(Phase::Progressing), &happening)));
}

#[test]
fn the_top_message_says_what_where_and_how_far() {
    check(
        &release(Phase::Progressing),
        expect![[r#"
            [checkout is rolling out in shop on prod-eu, 40 %]
            :large_blue_circle: *checkout* is rolling out · revision 42
            shop on prod-eu
            -- #0DADEA
            ▰▰▱▱▱ step 2 of 5 · *40 %* of requests to the new version
            web: `registry.example.com/shop/checkout:1.4.2` → *`:1.5.0`*
            (<https://grafana.example.com/d/x?var=a&amp;b=c|Dashboard>)
            (by jane@example.com · <https://git.example.com/shop/commit/3f9c1e7|`3f9c1e7a`> Faster baskets &amp; &lt;b&gt;bold&lt;/b&gt; prices | began <!date^1795921445^{date_short_pretty} {time}|2026-11-29 03:04 UTC>)"#]],
    );
}

#[test]
fn a_release_that_is_held_says_why_and_what_to_do() {
    let why = "CanaryPauseStep: waits for promote or abort".to_owned();
    check(
        &Release { why, ..release(Phase::Held) },
        expect![[r#"
            [checkout is held and needs you in shop on prod-eu, 40 %]
            :raised_hand: *checkout* is held and needs you · revision 42
            shop on prod-eu
            -- #ECB22E
            ▰▰▱▱▱ step 2 of 5 · *40 %* of requests to the new version
            web: `registry.example.com/shop/checkout:1.4.2` → *`:1.5.0`*
            > CanaryPauseStep: waits for promote or abort
            Let it go on:
            ```kubectl sluice promote checkout -n shop```
            Take it back:
            ```kubectl sluice abort checkout -n shop```
            (<https://grafana.example.com/d/x?var=a&amp;b=c|Dashboard>)
            (by jane@example.com · <https://git.example.com/shop/commit/3f9c1e7|`3f9c1e7a`> Faster baskets &amp; &lt;b&gt;bold&lt;/b&gt; prices | began <!date^1795921445^{date_short_pretty} {time}|2026-11-29 03:04 UTC>)"#]],
    );
}

#[test]
fn an_abort_says_the_numbers_and_that_users_are_safe() {
    let why = "metric \"success-rate\" assessed Failed: 0.921 < 0.95\n3 of 5 measurements".to_owned();
    let ended = Some(t("2026-11-29T03:16:00Z"));
    check(
        &Release { why, ended, weight: Some(0), ..release(Phase::Aborted) },
        expect![[r#"
            [checkout was aborted in shop on prod-eu, 0 %]
            :red_circle: *checkout* was aborted · revision 42
            shop on prod-eu
            -- #E01E5A
            ▰▰▱▱▱ step 2 of 5 · *0 %* of requests to the new version
            web: `registry.example.com/shop/checkout:1.4.2` → *`:1.5.0`*
            > metric "success-rate" assessed Failed: 0.921 &lt; 0.95
            > 3 of 5 measurements
            Users are on the version before. Mend what is wrong and release again, or try this one again:
            ```kubectl sluice retry checkout -n shop```
            (<https://grafana.example.com/d/x?var=a&amp;b=c|Dashboard>)
            (by jane@example.com · <https://git.example.com/shop/commit/3f9c1e7|`3f9c1e7a`> Faster baskets &amp; &lt;b&gt;bold&lt;/b&gt; prices | began <!date^1795921445^{date_short_pretty} {time}|2026-11-29 03:04 UTC>, took 11 min)"#]],
    );
}

#[test]
fn what_is_not_known_leaves_no_gap() {
    let bare = Release {
        cluster: String::new(),
        weight: None,
        steps: None,
        images: vec![image("web", None, "web:1")],
        who: String::new(),
        commit: None,
        links: Vec::new(),
        ended: Some(t("2026-11-29T05:16:00Z")),
        ..release(Phase::Completed)
    };
    check(
        &bare,
        expect![[r#"
            [checkout is rolled out in shop]
            :white_check_mark: *checkout* is rolled out · revision 42
            shop
            -- #18be52
            *`web:1`*
            (began <!date^1795921445^{date_short_pretty} {time}|2026-11-29 03:04 UTC>, took 2 h 11 min)"#]],
    );
}

#[test]
fn the_message_is_what_slack_s_api_takes() {
    let message = top(&release(Phase::RolledBack));
    let json = serde_json::json!({"text": message.text, "blocks": message.blocks, "attachments": message.attachments});
    expect![[r##"
        {
          "attachments": [
            {
              "blocks": [
                {
                  "text": {
                    "text": "▰▰▱▱▱ step 2 of 5 · *40 %* of requests to the new version\nweb: `registry.example.com/shop/checkout:1.4.2` → *`:1.5.0`*",
                    "type": "mrkdwn"
                  },
                  "type": "section"
                },
                {
                  "text": {
                    "text": "Users are on the version before. See what was measured:\n```kubectl sluice get rollout checkout -n shop```",
                    "type": "mrkdwn"
                  },
                  "type": "section"
                },
                {
                  "elements": [
                    {
                      "text": "<https://grafana.example.com/d/x?var=a&amp;b=c|Dashboard>",
                      "type": "mrkdwn"
                    }
                  ],
                  "type": "context"
                },
                {
                  "elements": [
                    {
                      "text": "by jane@example.com · <https://git.example.com/shop/commit/3f9c1e7|`3f9c1e7a`> Faster baskets &amp; &lt;b&gt;bold&lt;/b&gt; prices",
                      "type": "mrkdwn"
                    },
                    {
                      "text": "began <!date^1795921445^{date_short_pretty} {time}|2026-11-29 03:04 UTC>",
                      "type": "mrkdwn"
                    }
                  ],
                  "type": "context"
                }
              ],
              "color": "#E01E5A",
              "fallback": "checkout was rolled back in shop on prod-eu, 40 %"
            }
          ],
          "blocks": [
            {
              "text": {
                "text": ":rewind: *checkout* was rolled back · revision 42\nshop on prod-eu",
                "type": "mrkdwn"
              },
              "type": "section"
            }
          ],
          "text": "checkout was rolled back in shop on prod-eu, 40 %"
        }"##]].assert_eq(&serde_json::to_string_pretty(&json).unwrap());
}

#[test]
fn replies_tell_what_happens() {
    check_reply(
        Happening::Step { step: 3, what: "setWeight 40".to_owned() },
        expect![[r#"
        [checkout in shop: step 3 of 5 done: setWeight 40]
        :heavy_check_mark: step 3 of 5 done: setWeight 40"#]],
    );
    check_reply(
        Happening::Waits("CanaryPauseStep until 04:00".to_owned()),
        expect![[r#"
        [checkout in shop: waits]
        :hourglass_flowing_sand: waits
        > CanaryPauseStep until 04:00"#]],
    );
    check_reply(
        Happening::GoesOn,
        expect![[r#"
        [checkout in shop: goes on]
        :arrow_forward: goes on"#]],
    );
    check_reply(
        Happening::Completed,
        expect![[r#"
        [checkout in shop: all users have the new version]
        :white_check_mark: all users have the new version"#]],
    );
    check_reply(
        Happening::Aborted("metric x failed".to_owned()),
        expect![[r#"
        [checkout in shop: aborted, users go back to the version before] to the channel
        :red_circle: *checkout* in shop: aborted, users go back to the version before
        > metric x failed
        (`kubectl sluice retry checkout -n shop`)"#]],
    );
    check_reply(
        Happening::RolledBack("errors 7.2 % > 5 %".to_owned()),
        expect![[r#"
        [checkout in shop: rolled back: the version went bad after all users had it] to the channel
        :rewind: *checkout* in shop: rolled back: the version went bad after all users had it
        > errors 7.2 % &gt; 5 %
        (`kubectl sluice get rollout checkout -n shop`)"#]],
    );
    check_reply(
        Happening::ChecksFailed("smoke_test failed".to_owned()),
        expect![[r#"
        [checkout in shop: users may still not be well after the rollback] to the channel
        :rotating_light: *checkout* in shop: users may still not be well after the rollback
        > smoke_test failed
        (`kubectl sluice get rollout checkout -n shop`)"#]],
    );
    check_reply(
        Happening::Concern(Concern::NotifyOnly, "errors: 0.08\nerrors asked sum(rate(errors[2m]))".to_owned()),
        expect![[r#"
            [checkout in shop: goes bad, and is not taken back: you are to be told only] to the channel
            :warning: *checkout* in shop: goes bad, and is not taken back: you are to be told only
            > errors: 0.08
            > errors asked sum(rate(errors[2m]))
            (`kubectl sluice get rollout checkout -n shop`)"#]],
    );
}

fn metric(name: &str, verdict: Verdict, value: &str, bad: u64) -> Metric {
    let condition = "result[0] >= 0.95".to_owned();
    Metric { name: name.to_owned(), verdict, value: value.to_owned(), condition, bad, measured: 5 }
}

#[test]
fn an_analysis_is_told_with_its_numbers_the_bad_ones_first() {
    let analysis = |verdict| Analysis {
        name: "checkout-7f9c-2".to_owned(),
        verdict,
        metrics: vec![
            metric("latency", Verdict::Passed, "[0.21]", 0),
            metric("success-rate", Verdict::Failed, "[0.921]", 3),
            metric("errors", Verdict::Error, "", 5),
        ],
        message: "Metric \"success-rate\" assessed Failed due to failed (3) > failureLimit (2)".to_owned(),
    };
    check_reply(
        Happening::Analysis(analysis(Verdict::Failed)),
        expect![[r#"
        [checkout in shop: analysis `checkout-7f9c-2` failed]
        :x: analysis `checkout-7f9c-2` failed
        > Metric "success-rate" assessed Failed due to failed (3) &gt; failureLimit (2)
        ✗ success-rate: *[0.921]*, asked `result[0] &gt;= 0.95`, 3 of 5 bad
        ⚠ errors: asked `result[0] &gt;= 0.95`, 5 of 5 bad
        ✓ latency: *[0.21]*, asked `result[0] &gt;= 0.95`, 0 of 5 bad"#]],
    );
    let begun = Analysis { metrics: Vec::new(), message: String::new(), ..analysis(Verdict::Running) };
    check_reply(
        Happening::Analysis(begun),
        expect![[r#"
        [checkout in shop: analysis `checkout-7f9c-2` began]
        :bar_chart: analysis `checkout-7f9c-2` began"#]],
    );
}

/// <https://docs.slack.dev/reference/block-kit/blocks>: 3000 letters a text, 10 elements of small print, 50 blocks.
#[test]
fn nothing_is_ever_longer_than_slack_takes() {
    let long = "<&>\"é".repeat(20_000);
    let huge = Release {
        namespace: long.clone(),
        name: long.clone(),
        cluster: long.clone(),
        steps: Some(Steps { done: usize::MAX - 1, all: usize::MAX }),
        images: (0..200).map(|at| image(&format!("c{at}"), Some(&long), &format!("{long}{at}"))).collect(),
        who: long.clone(),
        commit: Some(Commit { hash: long.clone(), title: long.clone(), url: format!("https://{long}") }),
        why: long.clone(),
        links: vec![Link { title: long.clone(), url: "https://x".to_owned() }; 300],
        ..release(Phase::Held)
    };
    let metrics = (0..500).map(|at| metric(&format!("m{at}"), Verdict::Failed, &long, 3)).collect();
    let analysis = Analysis { name: long.clone(), verdict: Verdict::Failed, metrics, message: long.clone() };
    let happenings =
        [Happening::Analysis(analysis), Happening::Aborted(long.clone()), Happening::Step { step: 1, what: long }];
    let replies = happenings.iter().map(|happening| reply(&huge, happening));
    for message in replies.chain([top(&huge)]) {
        let inner = inner(&message);
        assert!(message.text.chars().count() <= 300 && message.blocks.len() + inner.len() <= 50);
        for block in message.blocks.iter().chain(&inner) {
            let elements = block["elements"].as_array().cloned().unwrap_or_default();
            assert!(elements.len() <= 10);
            for text in elements.iter().chain([&block["text"]]).filter_map(|text| text["text"].as_str()) {
                assert!((1..=3000).contains(&text.chars().count()), "{}", text.len());
            }
        }
    }
}
