//! See `sluice_fuzz::prometheus`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice_fuzz::prometheus::try_one(data));
