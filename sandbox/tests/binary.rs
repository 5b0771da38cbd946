//! The command, as a person or a test starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_otpkit-sandbox");

/// A running command; it is ended with the test, however the test ends.
struct Running {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    addr: SocketAddr,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let url = line
            .strip_prefix("otpkit-sandbox listening on http://")
            .expect("the promised line");
        let addr: SocketAddr = url.trim_end().parse().expect("an address");
        assert_eq!(line, format!("otpkit-sandbox listening on http://{addr}\n"));
        assert_ne!(addr.port(), 0);
        Self { child, stdout, addr }
    }

    fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .expect("a shell")
                .success()
        );
    }

    fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + within;
        loop {
            let status = self.child.try_wait().expect("a child");
            if status.is_some() || Instant::now() > deadline {
                return status;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asserts a clean end, and that the one line was all that was printed.
    fn assert_clean_end(mut self) {
        let status = self.ended(Duration::from_secs(5)).expect("an end in time");
        assert!(status.success(), "{status}");
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("text");
        assert_eq!(rest, "");
        assert!(TcpStream::connect(self.addr).is_err());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails when the program has ended already, which is what most tests want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(arguments: &[&str]) -> (Output, String) {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let stderr = String::from_utf8(output.stderr.clone()).expect("text");
    (output, stderr)
}

#[test]
fn it_prints_its_line_and_serves() {
    let running = Running::start(&[]);
    let mut stream = TcpStream::connect(running.addr).expect("a connection");
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(r#"{"ok":true}"#),
        "{answer}"
    );
}

#[test]
#[cfg(unix)]
fn it_ends_cleanly_on_signals() {
    for signal in ["TERM", "INT"] {
        let running = Running::start(&[]);
        running.signal(signal);
        running.assert_clean_end();
    }
}

#[test]
#[cfg(unix)]
fn a_signal_ends_it_while_it_watches_its_parent() {
    let running = Running::start(&["--exit-with-parent"]);
    running.signal("TERM");
    running.assert_clean_end();
}

#[test]
fn it_ends_with_its_parent_when_told_to() {
    let mut running = Running::start(&["--exit-with-parent"]);
    assert!(running.ended(Duration::from_millis(300)).is_none());
    running.close_stdin();
    running.assert_clean_end();
}

#[test]
fn a_closed_standard_input_is_no_end_otherwise() {
    let mut running = Running::start(&[]);
    running.close_stdin();
    assert!(running.ended(Duration::from_millis(500)).is_none());
}

#[test]
fn a_port_in_use_gets_a_sentence() {
    let running = Running::start(&[]);
    let (output, stderr) = run(&["--listen", &running.addr.to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let named = format!("otpkit-sandbox: port {} on 127.0.0.1 is in use", running.addr.port());
    assert!(stderr.starts_with(&named) && stderr.contains("--listen"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn a_remote_address_needs_a_word() {
    let (output, stderr) = run(&["--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr.contains("--allow-remote") && stderr.contains("127.0.0.1"),
        "{stderr}"
    );
}

#[test]
fn odd_arguments_are_refused() {
    for arguments in [
        ["--listen", "4680"],
        ["--listen", "example.com:4680"],
        ["--keep", "many"],
        ["--port", "1"],
    ] {
        let (output, stderr) = run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr.contains(arguments[0]), "{stderr}");
    }
    let (output, stderr) = run(&["--keep", "0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("from 1 to 100000"), "{stderr}");
}
