//! The axis of time.

use std::time::Duration;

use super::canvas::{Anchor, Canvas};
use super::{LEFT, RIGHT};
use crate::simulate::tale::length;

/// Distances of ticks, in seconds.
const STEPS: [u64; 19] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 604_800];
/// The most ticks.
const MOST: f64 = 9.0;

/// From times to places.
#[derive(Debug)]
pub(super) struct Axis {
    /// In seconds.
    end: f64,
}

impl Axis {
    /// From the update to a little after this moment.
    pub(super) fn until(end: Duration) -> Self {
        Self { end: (end.as_secs_f64() * 1.04).max(10.0) }
    }

    /// Its last moment.
    pub(super) fn end(&self) -> Duration {
        Duration::from_secs_f64(self.end)
    }

    /// The place of a moment.
    pub(super) fn x(&self, at: Duration) -> f64 {
        LEFT + (at.as_secs_f64() / self.end).min(1.0) * (RIGHT - LEFT)
    }

    /// Ticks, their lines through the charts, and their times.
    pub(super) fn draw(&self, canvas: &mut Canvas, top: f64, bottom: f64) {
        let step = STEPS.into_iter().map(Duration::from_secs).find(|step| self.end / step.as_secs_f64() <= MOST);
        let step = step.unwrap_or(Duration::from_hours(24 * 30));
        let ticks = (0..).map(|index| step.saturating_mul(index)).take_while(|at| at.as_secs_f64() <= self.end);
        for at in ticks {
            let x = self.x(at);
            canvas.line("grid", (x, top), (x, bottom));
            canvas.line("axis", (x, bottom), (x, bottom + 4.0));
            let label = if at.is_zero() { "0".to_owned() } else { length(at) };
            canvas.text("tick", (x, bottom + 16.0), Anchor::Middle, &label);
        }
        canvas.line("axis", (LEFT, bottom), (RIGHT, bottom));
    }
}
