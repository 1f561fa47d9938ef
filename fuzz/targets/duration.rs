//! See `sluice_fuzz::duration`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice_fuzz::duration::try_one(data));
