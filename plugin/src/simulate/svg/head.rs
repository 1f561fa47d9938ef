//! The head: what is simulated, what it came to, and what the colours mean.

use super::canvas::{Anchor, Canvas, cut, width};
use super::{LEFT, RIGHT};
use crate::simulate::tale::{End, Tale};
use crate::simulate::words::image;

/// Where texts of the head begin.
const EDGE: f64 = 16.0;

/// Draws it; gives where it ends.
pub(super) fn draw(canvas: &mut Canvas, tale: &Tale) -> f64 {
    let about = &tale.rollout;
    let room = RIGHT - EDGE;
    canvas.text(
        "title",
        (EDGE, 28.0),
        Anchor::Start,
        &cut(&format!("Rollout {}/{}", about.namespace, about.name), 16.0, room),
    );
    let pods = if about.replicas == 1 { "pod" } else { "pods" };
    let new = image(&about.new_image);
    let what = format!("{}, {} {pods}: {} → {new}", about.strategy, about.replicas, about.old_image);
    canvas.text("", (EDGE, 46.0), Anchor::Start, &cut(&what, 11.0, room));
    let class = match tale.outcome.end {
        End::Promoted => "verdict ok",
        End::TakenBack | End::Stuck => "verdict bad",
        End::Waiting | End::Unfinished => "verdict warn",
    };
    let mut y = 46.0;
    for line in wrapped(&tale.outcome.text, 12.5, room) {
        y += 17.0;
        canvas.text(class, (EDGE, y), Anchor::Start, &line);
    }
    legend(canvas, tale, y + 22.0);
    y + 36.0
}

/// In three lines at most.
fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let full = lines.len() == 3;
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && !full && width(&format!("{line} {word}"), size) > room {
            lines.push(word.to_owned());
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.iter().map(|line| cut(line, size, room)).collect()
}

fn legend(canvas: &mut Canvas, tale: &Tale, y: f64) {
    let mut x = LEFT;
    let mut next = |canvas: &mut Canvas, label: &str, draw: &dyn Fn(&mut Canvas, f64)| {
        draw(canvas, x);
        canvas.text("", (x + 24.0, y), Anchor::Start, label);
        x += 24.0 + width(label, 11.0) + 14.0;
    };
    let middle = y - 4.0;
    next(canvas, "requests to the new version", &|canvas, x| canvas.line("weight", (x, middle), (x + 18.0, middle)));
    if tale.samples.iter().any(|sample| sample.state.desired_weight.is_some()) {
        next(canvas, "asked for by the step", &|canvas, x| canvas.line("desired", (x, middle), (x + 18.0, middle)));
    }
    let box_of =
        |class: &'static str| move |canvas: &mut Canvas, x: f64| canvas.rect(class, (x + 4.0, y - 9.0), (14.0, 10.0));
    next(canvas, "new pods", &box_of("new"));
    next(canvas, "old pods", &box_of("old"));
    if tale.samples.iter().any(|sample| sample.phase == "Paused") {
        next(canvas, "pause", &box_of("pause"));
    }
    if tale.samples.iter().any(|sample| sample.state.weight.is_none()) {
        next(canvas, "no request is served", &box_of("dead"));
    }
}
