//! Names the shared library for the linkers and loaders of its users.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match target.as_str() {
        "linux" | "android" | "freebsd" => {
            // The ABI number, not the version: it changes when a program must be compiled anew.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libotpkit.so.0");
            // Threads of the runtime may still run when a host calls dlclose, so the code stays mapped.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
        "macos" | "ios" => println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libotpkit.0.dylib"),
        _ => {}
    }
}
