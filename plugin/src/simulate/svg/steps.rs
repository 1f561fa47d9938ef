//! The steps: numbers where they begin, and what they are below.

use std::time::Duration;

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, cut, width};
use super::{LEFT, RIGHT};
use crate::simulate::tale::Tale;

const HEIGHT: f64 = 16.0;

/// When each step began, as far as that was seen.
fn begins(tale: &Tale) -> Vec<(usize, Duration)> {
    let mut begins: Vec<(usize, Duration)> = Vec::new();
    for sample in &tale.samples {
        if let Some(step) = sample.state.step.filter(|step| begins.last().is_none_or(|(last, _)| last != step)) {
            begins.push((step, sample.at));
        }
    }
    begins
}

/// A number at the beginning of each step. Steps too near to each other share one.
pub(super) fn badges(canvas: &mut Canvas, tale: &Tale, axis: &Axis, top: f64) -> f64 {
    if tale.rollout.steps.is_empty() {
        return top;
    }
    canvas.text("name", (LEFT - 6.0, top + 12.0), Anchor::End, "step");
    let mut groups: Vec<(f64, usize, usize)> = Vec::new();
    for (step, at) in begins(tale) {
        let x = axis.x(at);
        match groups.last_mut() {
            Some((begin, first, last)) if x < *begin + size(*first, step) + 4.0 => *last = step,
            _ => groups.push((x, step, step)),
        }
    }
    for (x, first, last) in groups {
        let room = size(first, last);
        let left = x.min(RIGHT - room);
        canvas.pill("badge", (left, top), (room, HEIGHT));
        canvas.text("strong", (left + room / 2.0, top + 12.0), Anchor::Middle, &label(first, last));
        canvas.line("stem", (x, top + HEIGHT), (x, top + HEIGHT + 14.0));
    }
    top + HEIGHT
}

fn label(first: usize, last: usize) -> String {
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

fn size(first: usize, last: usize) -> f64 {
    (width(&label(first, last), 11.0) + 10.0).max(HEIGHT)
}

/// All steps in columns; gives where they end.
pub(super) fn list(canvas: &mut Canvas, tale: &Tale, top: f64) -> f64 {
    let shown: Vec<String> =
        tale.rollout.steps.iter().enumerate().map(|(index, step)| format!("{}  {step}", index + 1)).collect();
    let widest = shown.iter().map(|step| width(step, 11.0)).fold(80.0, f64::max).min(RIGHT - LEFT);
    let column = widest + 24.0;
    let (mut x, mut y) = (LEFT, top + 18.0);
    for step in &shown {
        if x + widest > RIGHT + 1.0 {
            (x, y) = (LEFT, y + 16.0);
        }
        canvas.text("name", (x, y), Anchor::Start, &cut(step, 11.0, widest));
        x += column;
    }
    if shown.is_empty() { top } else { y }
}
