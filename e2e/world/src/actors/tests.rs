//! Stories of the surroundings, told through what a controller can see of them and what becomes of requests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod measuring;
mod pods;
mod routing;
mod scene;
mod settled;
