//! The real `weir` program, from the outside: what it prints, how it exits, what it leaves behind.

mod agent;
mod ca;
mod env;
mod generated;
mod harness;
mod help;
mod policy;
mod scan;
