//! Runs played to their end in virtual time. Each story is a transcript of what a fake controller saw.

mod limits;
mod no_data;
mod samples;
mod timing;
mod world;

pub(crate) use world::{check, counted, down, empty, nan, slow, story, value, values};
