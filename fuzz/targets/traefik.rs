//! See `sluice_fuzz::traefik`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice_fuzz::traefik::try_one(data));
