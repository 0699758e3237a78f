//! The `vestnik` program; all of it is in the library.

fn main() -> std::process::ExitCode {
    vestnik_server::cli::main()
}
