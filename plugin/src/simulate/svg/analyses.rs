//! The AnalysisRuns: a bar each, with its measurements and its verdict.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, cut, width};
use super::{LEFT, RIGHT};
use crate::simulate::tale::{Analysis, Tale};

/// The most that are shown.
const MOST: usize = 10;
const ROW: f64 = 28.0;
const SIZE: f64 = 11.0;
/// The most measurements that are shown as dots of one bar.
const DOTS: usize = 400;

/// Draws them; gives where they end.
pub(super) fn draw(canvas: &mut Canvas, tale: &Tale, axis: &Axis, top: f64) -> f64 {
    if tale.analyses.is_empty() {
        return top;
    }
    let mut y = top + 10.0;
    for run in tale.analyses.iter().take(MOST) {
        bar(canvas, axis, run, y + 6.0);
        y += ROW;
    }
    if let Some(more) = tale.analyses.len().checked_sub(MOST).filter(|more| *more > 0) {
        y += 14.0;
        canvas.text("", (LEFT, y), Anchor::Start, &format!("and {more} more"));
    }
    y + 6.0
}

fn bar(canvas: &mut Canvas, axis: &Axis, run: &Analysis, y: f64) {
    let colour = colour(&run.phase);
    let (left, right) = (axis.x(run.started), axis.x(run.finished.unwrap_or(axis.end())));
    let room = (right - left).max(4.0);
    let label = cut(&label(run), SIZE, RIGHT - LEFT);
    let x = left.min(RIGHT - width(&label, SIZE));
    canvas.text("name", (x, y + 6.0), Anchor::Start, &label);
    let class = if colour.is_empty() { "bar".to_owned() } else { format!("bar-{colour}") };
    canvas.pill(&class, (left, y + 11.0), (room, 7.0));
    for measured in run.measurements.iter().take(DOTS) {
        let class = match self::colour(&measured.phase) {
            "" => "dot",
            colour => colour,
        };
        canvas.circle(class, (axis.x(measured.at).clamp(left, left + room), y + 14.5), 2.5);
    }
}

/// What it was started for, what it says, and on which grounds.
fn label(run: &Analysis) -> String {
    let good = run.measurements.iter().filter(|measured| measured.phase == "Successful").count();
    let counts = format!("{good} of {} good", run.measurements.len());
    format!("analysis {}: {} ({counts})", run.role, run.phase)
}

fn colour(phase: &str) -> &'static str {
    match phase {
        "Successful" => "ok",
        "Failed" | "Error" => "bad",
        "Inconclusive" => "warn",
        _ => "",
    }
}
