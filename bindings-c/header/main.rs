//! Writes `include/otpkit.h` from this crate, or (`--check`) fails if it is not what the crate gives.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = folder.join("include/otpkit.h");
    let header = match generate(folder) {
        Ok(header) => header,
        Err(why) => {
            eprintln!("otpkit.h cannot be generated: {why}");
            return ExitCode::FAILURE;
        }
    };
    if std::env::args().any(|argument| argument == "--check") {
        if std::fs::read_to_string(&path).is_ok_and(|committed| committed == header) {
            return ExitCode::SUCCESS;
        }
        eprintln!("include/otpkit.h is not what the crate gives: run bindings-c/header.sh and look at the difference");
        return ExitCode::FAILURE;
    }
    match std::fs::write(&path, header) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{}: {why}", path.display());
            ExitCode::FAILURE
        }
    }
}

fn generate(folder: &Path) -> Result<String, String> {
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml"))?;
    let bindings = cbindgen::Builder::new()
        .with_crate(folder)
        .with_config(config)
        .generate();
    let mut text = Vec::new();
    bindings.map_err(|why| why.to_string())?.write(&mut text);
    let text = String::from_utf8(text).map_err(|why| why.to_string())?;
    // The renamed argument types of cbindgen.toml come out with a blank behind the star.
    let text = text
        .replace("const char * ", "const char *")
        .replace("const void * ", "const void *");
    Ok(text.replace(" ** ", " **"))
}
