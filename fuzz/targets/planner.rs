//! See `sluice_fuzz::planner`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice_fuzz::planner::try_one(data));
