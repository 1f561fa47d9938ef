//! Scenario files as people write them.

#![allow(clippy::unwrap_used)]

use expect_test::{Expect, expect};

use super::*;

fn check(text: &str, expected: &Expect) {
    let scenario = Scenario::parse(text, 4).unwrap();
    let mut told: Vec<String> = scenario.deeds.iter().map(|deed| format!("{:?} {:?}", deed.when, deed.what)).collect();
    told.push(format!("promote {:?}, for {:?}\n", scenario.promote_after, scenario.runs_for));
    expected.assert_eq(&told.join("\n"));
}

#[test]
fn an_empty_file_leaves_everything_well() {
    check(
        "{}",
        &expect![[r#"
        promote Some(60s), for None
    "#]],
    );
}

#[test]
fn a_fault_begins_and_ends_at_times_or_steps() {
    check(
        "{metrics: [{name: a, value: bad, fromStep: 2, to: 5m}], pods: [{of: old, ready: crash, from: 90}],
          router: [{does: ignores, toStep: 3}]}",
        &expect![[r#"
            Step(2) Metric(Which { template: None, name: Some("a") }, Bad)
            At(300s) Metric(Which { template: None, name: Some("a") }, Good)
            At(90s) Pods(Old, Some(Crash))
            At(0ns) Router(Some(Ignores))
            Step(3) Router(None)
            promote Some(60s), for None
        "#]],
    );
}

#[test]
fn values_are_words_numbers_or_lists() {
    check(
        "metrics: [{value: 0.5}, {value: [1, 2.5]}, {value: absent}, {value: unreachable}]",
        &expect![[r#"
        At(0ns) Metric(Which { template: None, name: None }, Numbers([0.5]))
        At(0ns) Metric(Which { template: None, name: None }, Numbers([1.0, 2.5]))
        At(0ns) Metric(Which { template: None, name: None }, Absent)
        At(0ns) Metric(Which { template: None, name: None }, Unreachable)
        promote Some(60s), for None
    "#]],
    );
}

#[test]
fn who_promotes_by_hand_is_not_helped() {
    check(
        "{people: [{at: 3m, do: promote}, {atStep: 4, do: promote-full}], runsFor: 2h}",
        &expect![[r#"
        At(180s) Person(Act(Promote))
        Step(4) Person(Act(PromoteFull))
        promote None, for Some(7200s)
    "#]],
    );
    check(
        "{people: [{at: 3m, do: retry}], promote: after 10s}",
        &expect![[r#"
        At(180s) Person(Act(Retry))
        promote Some(10s), for None
    "#]],
    );
}

#[test]
fn deeds_come_in_the_order_of_their_times_and_once() {
    let file = "people: [{at: 3m, do: retry}, {at: 1m, do: abort}, {atStep: 2, do: pause}]";
    let mut agenda = Agenda::new(&Scenario::parse(file, 4).unwrap().deeds);
    let due = |agenda: &mut Agenda, seconds, step| agenda.due(Duration::from_secs(seconds), step);
    assert_eq!(due(&mut agenda, 0, Some(1)), None);
    assert_eq!(due(&mut agenda, 0, Some(3)), Some(What::Person(Order::Pause)));
    assert_eq!(agenda.next(), Some(Duration::from_mins(1)));
    assert_eq!(due(&mut agenda, 600, None), Some(What::Person(Order::Act(Act::Abort))));
    assert_eq!(due(&mut agenda, 600, None), Some(What::Person(Order::Act(Act::Retry))));
    assert_eq!(due(&mut agenda, 600, Some(4)), None);
}
