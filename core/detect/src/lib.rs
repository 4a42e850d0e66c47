//! Segments to findings: normaliser, prefilter, detectors, validators, context.
