#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| weir_replay::run("fleet_saying", data));
