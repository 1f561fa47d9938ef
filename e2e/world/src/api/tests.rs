//! Stories over raw HTTP of what the comparison with a real server cannot tell: time, history, faults, who may what.

mod client;
mod history;
mod story;
mod writes;
