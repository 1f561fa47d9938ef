//! Pictures are sound whatever names they show, and their labels keep apart.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::canvas::{cut, width};
use super::*;
use crate::simulate::state::{Pods, State};
use crate::simulate::tale::{About, End, Entry, Outcome, SCHEMA, Sample, Who};

/// A release of so many steps, each as long, with a mark at each.
fn tale(steps: u32) -> Tale {
    let at = |step: u32| Duration::from_mins(step.into());
    let state = |step: u32| State {
        step: usize::try_from(step + 1).ok(),
        weight: Some(step.into()),
        desired_weight: Some(step.into()),
        new: Pods { ready: step.into(), desired: step.into() },
        old: Pods { ready: 5, desired: 5 },
    };
    let entry = |step: u32| Entry {
        at: at(step),
        who: Who::Person,
        reason: None,
        warning: false,
        text: format!("<promote> & \"{step}\" \u{1b}[1m"),
        state: state(step),
    };
    let outcome = Outcome { end: End::Waiting, at: at(steps), until: at(steps), text: "<&>".repeat(200) };
    Tale {
        schema: SCHEMA,
        rollout: About {
            namespace: "<ns>".to_owned(),
            name: "a&b".to_owned(),
            strategy: "'".to_owned(),
            steps: (0..steps).map(|step| format!("setWeight {step}")).collect(),
            replicas: 5,
            old_image: "old".to_owned(),
            new_image: "new".to_owned(),
        },
        made_up: Vec::new(),
        left_out: Vec::new(),
        metrics: Vec::new(),
        timeline: (0..steps).map(entry).collect(),
        samples: (0..steps)
            .map(|step| Sample { at: at(step), phase: "Paused".to_owned(), state: state(step) })
            .collect(),
        analyses: Vec::new(),
        outcome,
    }
}

/// Texts with their places: left, right, and line.
fn texts(picture: &str) -> Vec<(f64, f64, f64, String)> {
    let field = |line: &str, name: &str| {
        let rest = line.split(&format!(" {name}=\"")).nth(1).unwrap().to_owned();
        rest.split('"').next().unwrap().to_owned()
    };
    let lines = picture.lines().filter(|line| line.starts_with("<text"));
    lines
        .map(|line| {
            let (x, y) = (field(line, "x").parse::<f64>().unwrap(), field(line, "y").parse::<f64>().unwrap());
            let text = line.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned();
            let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
            let size = if field(line, "class").contains("title") { 16.0 } else { 11.0 };
            let room = width(&plain.replace("&#39;", "'"), size);
            let left = match field(line, "text-anchor").as_str() {
                "start" => x,
                "middle" => x - room / 2.0,
                _ => x - room,
            };
            (left, left + room, y, text)
        })
        .collect()
}

#[test]
fn no_two_labels_overlap_and_none_leaves_the_picture() {
    for steps in [0, 1, 4, 12, 40, 200] {
        let picture = picture(&tale(steps));
        let texts = texts(&picture);
        for (index, one) in texts.iter().enumerate() {
            assert!(one.0 >= 0.0 && one.1 <= WIDTH, "{steps}: {one:?}");
            for other in &texts[index + 1..] {
                let apart = one.1 <= other.0 + 0.5 || other.1 <= one.0 + 0.5 || (one.2 - other.2).abs() >= 10.0;
                assert!(apart, "{steps}: {one:?} and {other:?}");
            }
        }
    }
}

#[test]
fn texts_are_escaped() {
    let picture = picture(&tale(3));
    assert!(picture.contains("&lt;ns&gt;/a&amp;b"));
    assert!(picture.contains("&lt;promote&gt; &amp; &quot;1&quot;  [1m"));
    assert!(!picture.contains("<promote>") && !picture.contains('\u{1b}'));
}

#[test]
fn long_texts_are_cut_to_their_room() {
    assert_eq!(cut("short", 11.0, 100.0), "short");
    let cut = cut(&"long ".repeat(50), 11.0, 100.0);
    assert!(cut.ends_with('…') && width(&cut, 11.0) <= 100.0, "{cut}");
}
