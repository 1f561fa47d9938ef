//! Times, for people and for the page's script, which turns them into ages.

use jiff::Timestamp;
use maud::{Markup, html};

/// A time, as an age where scripts run.
pub(super) fn ago(time: Option<Timestamp>) -> Markup {
    html! {
        @if let Some(time) = time {
            time.ago datetime=(whole(time)) { (whole(time)) }
        }
    }
}

/// The time of the day, in UTC.
pub(super) fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M:%S").to_string()
}

fn whole(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}
