//! G10: nobody who sets the wall clock gets a code to live longer. The store's own tests move fake clocks; here the
//! clock of a process is moved by libfaketime, where that is installed.

use crate::support::{NL, Worker, check, client, file, runtime};
use otpkit::Start;

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

#[test]
fn g10_a_process_whose_wall_clock_is_off_sees_the_same_time() {
    if !std::path::Path::new(LIBRARY).exists() {
        println!("libfaketime is not installed (apt-get install libfaketime): the wall clock stays as it is here");
    }
    for off in ["-1h", "+1h", "-1d", "+1d"] {
        let path = file(&format!("clock{off}.db"));
        let (runtime, (otp, tray)) = (runtime(), client(&path));
        let id = runtime
            .block_on(otp.start(Start::to(NL)))
            .unwrap()
            .id
            .as_str()
            .to_owned();
        let mut worker = Worker::spawn_with(
            "check",
            &[&path, &id, &tray.code(NL), "wrong", "0", "1"],
            &[("LD_PRELOAD", LIBRARY), ("FAKETIME", off)],
        );
        assert_eq!(worker.hear().as_deref(), Some("ready"));
        worker.go();
        assert_eq!(
            worker.hear().as_deref(),
            Some("left-4=1"),
            "{off}: neither expired nor unknown"
        );
        worker.finish();
        // What it wrote has moved nothing either.
        assert!(runtime.block_on(check(&otp, &id, &tray.code(NL))).unwrap().approved);
    }
}
