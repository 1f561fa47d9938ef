//! A page of a list: which lines are on it, and what is told around them.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::Tone;

/// The most lines on one page.
pub const ROWS: usize = 1000;

/// One object in a line.
pub trait Line {
    /// Words for how one can be, in the order in which they are counted; one line may be in several.
    const STATES: &'static [(&'static str, Tone)];

    /// Its namespace and its name.
    fn place(&self) -> (&str, &str);

    /// Whether it is in a state.
    fn is_in(&self, state: &str) -> bool;

    /// Whether somebody who looks for this text means it.
    fn holds(&self, text: &str) -> bool;
}

/// Which lines to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Filter {
    /// Those of this namespace; empty: of all.
    #[serde(default)]
    pub namespace: String,
    /// Those in this state; empty: in any.
    #[serde(default)]
    pub phase: String,
    /// Those that somebody means who looks for this text.
    #[serde(default)]
    pub q: String,
    /// Which page of them, from 0.
    #[serde(default)]
    pub page: usize,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<L> {
    /// What was asked for.
    pub filter: Filter,
    /// The namespaces that may be chosen.
    pub namespaces: BTreeSet<String>,
    /// The lines on this page, by namespace and name.
    pub rows: Vec<L>,
    /// How many match in all.
    pub matching: usize,
    /// How many there are.
    pub all: usize,
    /// How many are in each state, whatever the filter.
    pub states: Vec<(&'static str, Tone, usize)>,
    /// What cannot be read or watched, and why.
    pub troubles: Vec<String>,
    /// Whether there may be more: not all is known yet.
    pub is_loading: bool,
}

impl Filter {
    fn takes(&self, line: &impl Line) -> bool {
        let text = self.q.trim();
        (self.namespace.is_empty() || self.namespace == line.place().0)
            && (self.phase.is_empty() || line.is_in(&self.phase))
            && (text.is_empty() || line.holds(text))
    }
}

impl<L: Line> Page<L> {
    /// The page that a filter asks for, of these lines. A page behind the last one is empty.
    pub fn of(filter: Filter, rows: impl Iterator<Item = L>) -> Self {
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by(|one, other| one.place().cmp(&other.place()));
        let all = rows.len();
        let namespaces = rows.iter().map(|row| row.place().0.to_owned()).collect();
        let count =
            |(state, tone): &(&'static str, Tone)| (*state, *tone, rows.iter().filter(|row| row.is_in(state)).count());
        let states = L::STATES.iter().map(count).collect();
        rows.retain(|row| filter.takes(row));
        let matching = rows.len();
        let rows = rows.into_iter().skip(filter.page.saturating_mul(ROWS)).take(ROWS).collect();
        Self { filter, namespaces, rows, matching, all, states, troubles: Vec::new(), is_loading: false }
    }
}
