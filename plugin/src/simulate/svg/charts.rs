//! The two charts: the weight, and the pods.

use std::time::Duration;

use super::axis::Axis;
use super::canvas::{Anchor, Canvas};
use super::{LEFT, RIGHT};
use crate::simulate::tale::{Sample, Tale};

const WEIGHT: f64 = 150.0;
const GAP: f64 = 24.0;
const PODS: f64 = 90.0;

/// Where the charts are.
#[derive(Debug)]
pub(super) struct Place {
    /// The top of the first.
    pub(super) top: f64,
}

impl Place {
    pub(super) fn below(top: f64) -> Self {
        Self { top: top + 14.0 }
    }

    /// The bottom of the last.
    pub(super) fn bottom(&self) -> f64 {
        self.top + WEIGHT + GAP + PODS
    }

    fn pods(&self) -> f64 {
        self.top + WEIGHT + GAP
    }
}

/// The part of the requests that reaches the new version.
pub(super) fn weight(canvas: &mut Canvas, tale: &Tale, axis: &Axis, place: &Place) {
    let y = |percent: f64| place.top + WEIGHT * (1.0 - percent / 100.0);
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        canvas.line("grid", (LEFT, y(percent)), (RIGHT, y(percent)));
        canvas.text("tick", (LEFT - 6.0, y(percent) + 4.0), Anchor::End, &format!("{percent}%"));
    }
    let end = axis.end();
    let desired = |sample: &Sample| sample.state.desired_weight;
    for line in lines(&tale.samples, end, desired) {
        canvas.path("desired", &drawn(&line, axis, y));
    }
    for line in lines(&tale.samples, end, |sample| sample.state.weight) {
        let points = drawn(&line, axis, y);
        let (first, last) = (points.first().map_or(LEFT, |point| point.0), points.last().map_or(LEFT, |point| point.0));
        let closed: Vec<_> = [(first, y(0.0))].into_iter().chain(points.clone()).chain([(last, y(0.0))]).collect();
        canvas.path("under", &closed);
        canvas.path("weight", &points);
    }
}

/// The ready pods of both versions, the new ones at the bottom.
pub(super) fn pods(canvas: &mut Canvas, tale: &Tale, axis: &Axis, place: &Place) {
    let top = place.pods();
    let all = |sample: &Sample| sample.state.new.ready + sample.state.old.ready;
    let most = tale.samples.iter().map(all).max().unwrap_or(0).max(1);
    let y = |count: f64| top + PODS * (1.0 - count / number(most));
    canvas.text("name", (LEFT, top - 6.0), Anchor::Start, "ready pods");
    for (class, count) in [("old", &all as &dyn Fn(&Sample) -> i64), ("new", &|sample| sample.state.new.ready)] {
        for line in lines(&tale.samples, axis.end(), |sample| Some(number(count(sample)))) {
            let points = drawn(&line, axis, y);
            let (first, last) =
                (points.first().map_or(LEFT, |point| point.0), points.last().map_or(LEFT, |point| point.0));
            let closed: Vec<_> = [(first, y(0.0))].into_iter().chain(points).chain([(last, y(0.0))]).collect();
            canvas.path(class, &closed);
        }
    }
    let step = spacing(most);
    for count in (0..=most).filter(|count| count % step == 0) {
        canvas.line("grid", (LEFT, y(number(count))), (RIGHT, y(number(count))));
        canvas.text("tick", (LEFT - 6.0, y(number(count)) + 4.0), Anchor::End, &count.to_string());
    }
}

/// The distance of at most five lines for so many pods.
fn spacing(most: i64) -> i64 {
    let sizes = (0..6).map(|power| 10_i64.pow(power)).flat_map(|ten| [ten, 2 * ten, 5 * ten]);
    sizes.into_iter().find(|step| most / step <= 4).unwrap_or(most)
}

/// Stretches of time in which a number is there, each as its steps.
fn lines(samples: &[Sample], end: Duration, of: impl Fn(&Sample) -> Option<f64>) -> Vec<Vec<(Duration, f64)>> {
    let mut lines: Vec<Vec<(Duration, f64)>> = Vec::new();
    let mut open = false;
    for (index, sample) in samples.iter().enumerate() {
        let until = samples.get(index + 1).map_or(end, |next| next.at);
        let Some(value) = of(sample) else {
            open = false;
            continue;
        };
        if !open {
            lines.push(Vec::new());
        }
        open = true;
        if let Some(line) = lines.last_mut() {
            line.extend([(sample.at, value), (until, value)]);
        }
    }
    lines
}

fn drawn(line: &[(Duration, f64)], axis: &Axis, y: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = line.iter().map(|(at, value)| (axis.x(*at), y(*value))).collect();
    points.dedup();
    points
}

#[allow(clippy::cast_precision_loss, reason = "pods are few")]
fn number(count: i64) -> f64 {
    count as f64
}
