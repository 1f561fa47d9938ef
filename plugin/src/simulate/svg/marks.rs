//! What people and faults did, and the turning points: lines through the charts, with labels below.

use std::time::Duration;

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, cut, width};
use super::charts::Place;
use super::{LEFT, RIGHT};
use crate::simulate::tale::{Entry, Sample, Tale, Who};

const SIZE: f64 = 11.0;
const LANE: f64 = 15.0;
/// The most lanes of labels; what has no room in them has a line only.
const MOST_LANES: usize = 6;
/// The longest label.
const ROOM: f64 = 440.0;

/// Pauses, and times when no request is served, behind the charts.
pub(super) fn bands(canvas: &mut Canvas, tale: &Tale, axis: &Axis, place: &Place) {
    let mut band = |class: &str, is: &dyn Fn(&Sample) -> bool| {
        for (from, to) in stretches(tale, axis, is) {
            let (left, right) = (axis.x(from), axis.x(to));
            canvas.rect(class, (left, place.top), (right - left, place.bottom() - place.top));
        }
    };
    band("pause", &|sample| sample.phase == "Paused");
    band("dead", &|sample| sample.state.weight.is_none());
}

fn stretches(tale: &Tale, axis: &Axis, is: impl Fn(&Sample) -> bool) -> Vec<(Duration, Duration)> {
    let mut stretches: Vec<(Duration, Duration)> = Vec::new();
    for (index, sample) in tale.samples.iter().enumerate().filter(|(_, sample)| is(sample)) {
        let until = tale.samples.get(index + 1).map_or(axis.end(), |next| next.at);
        match stretches.last_mut() {
            Some(last) if last.1 == sample.at => last.1 = until,
            _ => stretches.push((sample.at, until)),
        }
    }
    stretches
}

struct Mark<'a> {
    at: Duration,
    colour: &'static str,
    text: &'a str,
}

/// The entries that are worth a mark; the update itself is where the axis begins.
fn marks(tale: &Tale) -> Vec<Mark<'_>> {
    let of = |entry: &Entry| match (entry.who, entry.reason.as_deref()) {
        (Who::Person, _) if entry.at.is_zero() && entry.text.ends_with("is applied") => None,
        (Who::Person, _) => Some(""),
        (Who::Fault, _) if entry.text.contains("well again") || entry.text.contains("is good") => Some("ok"),
        (Who::Fault, _) => Some("warn"),
        (Who::Event, Some("RolloutCompleted")) => Some("ok"),
        (Who::Event, Some("RolloutAborted" | "ProgressDeadlineExceeded")) => Some("bad"),
        _ => None,
    };
    tale.timeline
        .iter()
        .filter_map(|entry| Some(Mark { at: entry.at, colour: of(entry)?, text: short(&entry.text) }))
        .collect()
}

/// The text without the remark that nobody asked for it.
fn short(text: &str) -> &str {
    text.split_once(" (by default").map_or(text, |(text, _)| text)
}

/// Draws them; gives where they end.
pub(super) fn draw(canvas: &mut Canvas, tale: &Tale, axis: &Axis, place: &Place) -> f64 {
    let top = place.bottom() + 24.0;
    let mut lanes: Vec<Vec<(f64, f64)>> = Vec::new();
    for mark in marks(tale) {
        let x = axis.x(mark.at);
        let text = cut(mark.text, SIZE, (RIGHT - x).max(x - LEFT).min(ROOM) - 12.0);
        let room = width(&text, SIZE) + 12.0;
        let to_the_right = x + room <= RIGHT + 4.0;
        let span = if to_the_right { (x - 5.0, x + room) } else { (x - room, x + 5.0) };
        let lane = free(&mut lanes, span);
        let stroke = if mark.colour.is_empty() { "mark".to_owned() } else { format!("mark-{}", mark.colour) };
        let Some(lane) = lane else {
            canvas.line(&stroke, (x, place.top), (x, place.bottom()));
            continue;
        };
        let y = top + lane_top(lane);
        canvas.line(&stroke, (x, place.top), (x, y + 4.0));
        canvas.circle(if mark.colour.is_empty() { "dot" } else { mark.colour }, (x, y + 6.0), 3.0);
        let (x, anchor) = if to_the_right { (x + 7.0, Anchor::Start) } else { (x - 7.0, Anchor::End) };
        canvas.text(mark.colour, (x.max(LEFT - 40.0), y + 10.0), anchor, &text);
    }
    top + lane_top(lanes.len())
}

#[allow(clippy::cast_precision_loss, reason = "lanes are few")]
fn lane_top(lane: usize) -> f64 {
    lane as f64 * LANE
}

/// The first lane with room for a label.
fn free(lanes: &mut Vec<Vec<(f64, f64)>>, span: (f64, f64)) -> Option<usize> {
    let apart = |taken: &(f64, f64), (left, right): (f64, f64)| taken.1 < left || right < taken.0;
    for index in 0..MOST_LANES {
        if index == lanes.len() {
            lanes.push(Vec::new());
        }
        let lane = lanes.get_mut(index)?;
        if lane.iter().all(|taken| apart(taken, span)) {
            lane.push(span);
            return Some(index);
        }
    }
    None
}
