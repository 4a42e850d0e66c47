//! Rebuilds the crate when a pack or catalogue file appears or goes: the embedding macro sees only changes inside files
//! it already knows.

fn main() {
    for folder in ["packs", "examples", "catalogue", "schema"] {
        // Cargo reads this from standard output.
        #[allow(clippy::print_stdout)]
        {
            println!("cargo:rerun-if-changed={folder}");
        }
    }
}
