#![allow(clippy::unwrap_used)]
use std::fmt::Write;
use std::time::Duration;

use tokio::time::timeout;

use super::*;

/// What one step of a story does to the queue.
enum Do {
    Add(&'static str),
    AddIn(u64, &'static str),
    Done(&'static str),
    Failed(&'static str),
    PutOff(u64, &'static str),
    Forget(&'static str),
    /// Let that many milliseconds pass.
    Wait(u64),
    /// Take everything that is due.
    Take,
}
use Do::{Add, AddIn, Done, Failed, Forget, PutOff, Take, Wait};

/// Plays the story in paused time and compares what each `Take` handed out, one line each.
async fn check(story: &[Do], expected: &str) {
    let queue = Queue::default();
    let mut told = String::new();
    for step in story {
        match *step {
            Add(key) => queue.add(key),
            AddIn(wait, key) => queue.add_at(key, Instant::now() + Duration::from_millis(wait)),
            Done(key) => queue.done(&key),
            Failed(key) => queue.failed(&key),
            PutOff(wait, key) => queue.put_off(&key, Instant::now() + Duration::from_millis(wait)),
            Forget(key) => queue.forget(&key),
            Wait(wait) => tokio::time::advance(Duration::from_millis(wait)).await,
            Take => {
                while let Ok(key) = timeout(Duration::ZERO, queue.next()).await {
                    write!(told, "{key} ").unwrap();
                }
                told.push('|');
            }
        }
    }
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn a_key_added_twice_is_handed_out_once() {
    check(&[Add("a"), Add("b"), Add("a"), Take], "a b |").await;
}

#[tokio::test(start_paused = true)]
async fn what_is_added_during_a_pass_comes_after_it() {
    check(&[Add("a"), Take, Add("a"), Add("a"), Take, Done("a"), Take, Done("a"), Take], "a ||a ||").await;
}

#[tokio::test(start_paused = true)]
async fn the_earliest_time_counts_and_a_pass_makes_times_void() {
    check(
        &[AddIn(50, "a"), AddIn(20, "a"), AddIn(30, "a"), Wait(19), Take, Wait(1), Take, Done("a"), Wait(100), Take],
        "|a ||",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_time_set_during_a_pass_is_kept() {
    check(&[Add("a"), Take, AddIn(50, "a"), Done("a"), Take, Wait(50), Take], "a ||a |").await;
}

#[tokio::test(start_paused = true)]
async fn a_time_that_comes_during_a_pass_waits_for_its_end() {
    check(&[Add("a"), Take, AddIn(10, "a"), Wait(20), Take, Done("a"), Take], "a ||a |").await;
}

#[tokio::test(start_paused = true)]
async fn a_failing_key_waits_and_delays_no_other() {
    check(
        &[Add("bad"), Take, Failed("bad"), Add("good"), Take, Done("good"), Wait(49), Take, Wait(51), Take],
        "bad |good ||bad |",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_change_brings_a_failed_key_forward_but_not_at_once() {
    let fail_often = |mut story: Vec<Do>| {
        for _ in 0..8 {
            story.extend([Wait(60_000), Take, Failed("a")]);
        }
        story
    };
    let mut story = fail_often(vec![Add("a"), Take, Failed("a")]);
    story.extend([Add("a"), Take, Wait(50), Take]);
    check(&story, &format!("{}|a |", "a |".repeat(9))).await;
}

#[tokio::test(start_paused = true)]
async fn waits_grow_to_half_a_minute_and_a_success_forgets_them() {
    let queue = Queue::default();
    queue.add("a");
    let mut waits = Vec::new();
    for _ in 0..14 {
        let key = queue.next().await;
        queue.failed(&key);
        let before = Instant::now();
        let key = queue.next().await;
        waits.push(before.elapsed());
        queue.failed(&key);
    }
    assert!(waits.iter().take(1).all(|wait| *wait <= Duration::from_millis(101)), "{waits:?}");
    assert!(
        waits.iter().rev().take(3).all(|wait| *wait >= Duration::from_secs(29) && *wait <= Duration::from_secs(30)),
        "{waits:?}"
    );
    let key = queue.next().await;
    queue.done(&key);
    queue.add("a");
    let key = queue.next().await;
    queue.failed(&key);
    let before = Instant::now();
    queue.next().await;
    assert!(before.elapsed() <= Duration::from_millis(101));
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_key_leaves_no_trace() {
    let queue = Queue::default();
    queue.add("a");
    queue.failed(&queue.next().await);
    queue.forget(&"a");
    assert!(timeout(Duration::from_mins(2), queue.next()).await.is_err());
    check(&[Add("a"), Take, Forget("a"), Add("a"), Take, Done("a"), Take], "a ||a |").await;
}

#[tokio::test(start_paused = true)]
async fn what_is_put_off_comes_at_its_time_or_when_added() {
    check(&[Add("a"), Take, PutOff(70, "a"), Take, Wait(70), Take, PutOff(70, "a"), Add("a"), Take], "a ||a |a |")
        .await;
}

#[tokio::test(start_paused = true)]
async fn putting_off_does_not_forget_failures() {
    let wait_twice = [Add("a"), Take, Failed("a"), Wait(101), Take, PutOff(0, "a"), Take, Failed("a"), Wait(99), Take];
    check(&wait_twice, "a |a |a ||").await;
}

#[tokio::test(start_paused = true)]
async fn a_waiting_consumer_is_woken_by_an_add() {
    let queue = std::sync::Arc::new(Queue::default());
    let waiting = tokio::spawn({
        let queue = queue.clone();
        async move { queue.next().await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    queue.add("a");
    assert_eq!(waiting.await.unwrap(), "a");
}
