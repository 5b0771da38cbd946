//! The command `otpkit-sandbox`.
#![forbid(unsafe_code)]

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use otpkit_sandbox::{Options, Reach, Sandbox};
use tokio::sync::oneshot;

/// Shows the messages an application would have sent, in a web inbox on this computer.
#[derive(Debug, Parser)]
#[command(name = "otpkit-sandbox", version)]
struct Arguments {
    /// Where to listen; port 0 takes a free port
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:4680", value_parser = parse_address)]
    listen: SocketAddr,

    /// How many messages to keep; older ones are dropped
    #[arg(long, value_name = "N", default_value_t = Options::DEFAULT_KEEP)]
    keep: usize,

    /// Allow an address that other computers can reach (whoever reads the inbox can sign in as anybody)
    #[arg(long)]
    allow_remote: bool,

    /// End when standard input is closed, and so with the program that started this one
    #[arg(long)]
    exit_with_parent: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("otpkit-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    // Asked for before the line is printed: whoever has read the line may send a signal at once.
    let interrupted = interruption()?;
    let reach = if arguments.allow_remote {
        Reach::Remote
    } else {
        Reach::Loopback
    };
    let options = Options::new().with_keep(arguments.keep).with_reach(reach);
    let sandbox = Sandbox::bind(arguments.listen, options).await?;
    announce(&sandbox.url());
    tokio::select! {
        () = interrupted => {}
        () = parent_gone(), if arguments.exit_with_parent => {}
    }
    sandbox.shutdown().await;
    Ok(())
}

fn parse_address(text: &str) -> Result<SocketAddr, String> {
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    text.parse()
        .map_err(|_| "write an IP address and a port, such as 127.0.0.1:4680 or [::1]:4680".to_owned())
}

/// Prints the one line that programs wait for.
fn announce(url: &str) {
    let mut stdout = io::stdout();
    // A closed standard output only means that nobody waits for the line.
    let _ = writeln!(stdout, "otpkit-sandbox listening on {url}").and_then(|()| stdout.flush());
}

/// Starts to listen for the signals that end the program; the result completes when one has come.
#[cfg(unix)]
fn interruption() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Starts to listen for Ctrl-C; the result completes when it has come.
#[cfg(windows)]
fn interruption() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

/// Waits until standard input is closed. A plain thread reads it: a read on the runtime could not be given up, and
/// would hold the process when a signal ends it first.
async fn parent_gone() {
    let (gone, told) = oneshot::channel();
    thread::spawn(move || {
        let mut buffer = [0; 1024];
        let mut stdin = io::stdin().lock();
        // What is typed means nothing. An error other than an interruption is an end too: the pipe is of no more use.
        loop {
            match stdin.read(&mut buffer) {
                Ok(0) => break,
                Err(error) if error.kind() != io::ErrorKind::Interrupted => break,
                Ok(_) | Err(_) => {}
            }
        }
        // Nobody listens any more when a signal came first.
        let _ = gone.send(());
    });
    let _ = told.await;
}
