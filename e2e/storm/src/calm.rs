//! How stories go when nothing goes wrong: what every other run is compared with.

use std::sync::OnceLock;

use sluice_world::scenario::Scenario;

use crate::play::{Detail, Played, play};
use crate::script::Script;

/// How every story ends, as `cargo storm --calm` tells it.
const ENDINGS: &str = include_str!("scenarios/calm.txt");

/// How that story must end in calm weather, in words; `None` when nobody has written it down.
pub fn ending(story: &str) -> Option<&'static str> {
    ENDINGS.lines().find_map(|line| line.strip_prefix(story)?.strip_prefix(": "))
}

/// The calm run of every story, played when first asked for.
#[derive(Debug)]
pub struct Calm(Vec<OnceLock<Played>>);

impl Calm {
    /// Room for so many stories.
    pub fn new(stories: usize) -> Self {
        Self((0..stories).map(|_| OnceLock::new()).collect())
    }

    /// The calm run of the story of that number.
    pub fn of(&self, number: usize, scenario: &Scenario) -> &Played {
        let Some(place) = self.0.get(number) else { unreachable!("a story has a place of its own") };
        place.get_or_init(|| play(scenario, Script::calm(), 1, None, Detail::Digest))
    }
}
