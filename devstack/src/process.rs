//! A child process that is never forgotten.

use crate::watch::Watch;
use crate::{Error, Result};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(20);
/// How long a killed process may take to disappear; it is the kernel's work alone.
const KILL_WAIT: Duration = Duration::from_secs(5);
/// How long an orphan, or a child whose guard is dropped, may take over an orderly end.
const ORDERLY_WAIT: Duration = Duration::from_secs(10);
const TAIL_LINES: usize = 15;
const TAIL_BYTES: u64 = 16 * 1024;

/// What tells a process of ours from a stranger that was given the same pid.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// File name of the program.
    pub(crate) program: String,
    /// A path that its command line holds and no other stack's does.
    pub(crate) marker: PathBuf,
}

impl Identity {
    fn is(&self, pid: i32) -> bool {
        let Some(words) = command_line(pid) else { return false };
        let named = |word: &String| {
            Path::new(word)
                .file_name()
                .is_some_and(|name| name == self.program.as_str())
        };
        // Between fork and its exec, `unshare` stands in front of the program.
        let candidates = if words.first().is_some_and(|word| word.ends_with("unshare")) {
            words.len()
        } else {
            1
        };
        words.iter().take(candidates).any(named) && words.join(" ").contains(&*self.marker.to_string_lossy())
    }
}

/// The words of a live process's command line; a zombie has none.
fn command_line(pid: i32) -> Option<Vec<String>> {
    if cfg!(target_os = "linux") {
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        Some(
            bytes
                .split(|byte| *byte == 0)
                .map(|word| String::from_utf8_lossy(word).into_owned())
                .collect(),
        )
    } else {
        let output = Command::new("ps")
            .args(["-o", "args=", "-p", &pid.to_string()])
            .output()
            .ok()?;
        Some(
            String::from_utf8_lossy(&output.stdout)
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
        )
    }
}

/// A file that names a running child.
#[derive(Debug)]
pub(crate) struct PidFile {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    pid: i32,
    #[serde(flatten)]
    identity: Identity,
}

impl PidFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn write(&self, pid: i32, identity: &Identity) -> Result<()> {
        let entry = Entry {
            pid,
            identity: identity.clone(),
        };
        let text = serde_json::to_string(&entry).map_err(|error| Error::at("write", &self.path)(error.into()))?;
        let draft = self.path.with_extension("draft");
        fs::write(&draft, text)
            .and_then(|()| fs::rename(&draft, &self.path))
            .map_err(Error::at("write", &self.path))
    }

    /// A file that cannot be understood names nobody.
    fn read(&self) -> Option<Entry> {
        serde_json::from_str(&fs::read_to_string(&self.path).ok()?).ok()
    }

    /// Leaves the file of a child that was started since.
    fn remove_of(&self, pid: Pid) -> Result<()> {
        match self.read() {
            Some(entry) if entry.pid == pid.as_raw_nonzero().get() => self.remove(),
            _ => Ok(()),
        }
    }

    fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::at("remove", &self.path)(error)),
            _ => Ok(()),
        }
    }
}

/// Ends the process that the pid file names, if it is still the one that was started, and says so.
pub(crate) async fn end_orphan(name: &str, file: &PidFile) -> Result<Option<String>> {
    let ended = match file.read() {
        Some(entry) => end_if(name, entry.pid, &entry.identity).await?,
        None => None,
    };
    file.remove()?;
    Ok(ended)
}

/// Ends process `pid` if it has this identity; anybody else's process is left alone.
pub(crate) async fn end_if(name: &str, pid: i32, identity: &Identity) -> Result<Option<String>> {
    let Some(target) = Pid::from_raw(pid).filter(|_| pid > 1 && identity.is(pid)) else {
        return Ok(None);
    };
    let stuck = || Error::Orphan {
        name: name.to_owned(),
        pid,
    };
    for (signal, bound) in [(Signal::INT, ORDERLY_WAIT), (Signal::KILL, KILL_WAIT)] {
        // Gone in between is as good as ended; anything else shows below.
        let _ = kill_process(target, signal);
        let started = Instant::now();
        while started.elapsed() < bound {
            if !identity.is(pid) {
                let notice = format!("ended process {pid} ({name}), left behind by an earlier run");
                tracing::warn!("{notice}");
                return Ok(Some(notice));
            }
            tokio::time::sleep(POLL).await;
        }
    }
    Err(stuck())
}

/// How to start a child.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) command: Command,
    pub(crate) identity: Identity,
    pub(crate) log: PathBuf,
    pub(crate) pid_file: PidFile,
}

/// A running child. Dropping it ends the process: orderly if it is quick, by force if not.
#[derive(Debug)]
pub(crate) struct Guard {
    name: &'static str,
    child: Mutex<Child>,
    log: PathBuf,
    pid_file: PidFile,
    _watch: Watch,
}

impl Guard {
    pub(crate) fn spawn(spec: Spec) -> Result<Self> {
        let Spec {
            name,
            mut command,
            identity,
            log,
            pid_file,
        } = spec;
        let (out, err) = log_file(&log)?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .spawn()
            .map_err(Error::io(format!("start {name}")))?;
        let pid = Pid::from_child(&child).as_raw_nonzero().get();
        let watched = pid_file
            .write(pid, &identity)
            .and_then(|()| Watch::over(pid, &identity.marker));
        match watched {
            Ok(watch) => Ok(Self {
                name,
                child: Mutex::new(child),
                log,
                pid_file,
                _watch: watch,
            }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    fn with_child<T>(&self, act: impl FnOnce(&mut Child) -> T) -> T {
        act(&mut self.child.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn pid(&self) -> Pid {
        self.with_child(|child| Pid::from_child(child))
    }

    /// How the process ended, if it has.
    pub(crate) fn exit_status(&self) -> Option<ExitStatus> {
        self.with_child(|child| child.try_wait().ok().flatten())
    }

    /// Waits until the process has ended.
    pub(crate) async fn exited(&self) -> ExitStatus {
        loop {
            if let Some(status) = self.exit_status() {
                return status;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// An error if the process has ended; for use while waiting for it to get ready.
    pub(crate) fn check(&self) -> Result<()> {
        match self.exit_status() {
            None => Ok(()),
            Some(status) => Err(Error::Exited {
                name: self.name.to_owned(),
                status: status.to_string(),
                log: self.log.clone(),
                tail: tail(&self.log),
            }),
        }
    }

    pub(crate) fn not_ready(&self, waited: Duration) -> Error {
        Error::NotReady {
            name: self.name.to_owned(),
            waited,
            log: self.log.clone(),
            tail: tail(&self.log),
        }
    }

    /// Asks the process to end, and kills it when it has not after `grace`.
    pub(crate) async fn stop(&self, grace: Duration) -> Result<()> {
        self.signal(Signal::INT);
        if tokio::time::timeout(grace, self.exited()).await.is_err() {
            tracing::warn!("{} did not stop in {} s and is killed", self.name, grace.as_secs());
            self.signal(Signal::KILL);
            self.exited().await;
        }
        self.pid_file.remove_of(self.pid())
    }

    fn signal(&self, signal: Signal) {
        if self.exit_status().is_some() {
            return; // reaped: the pid may be somebody else's by now
        }
        // The child is ours and not reaped, so a failure can only mean that it is ending.
        if signal == Signal::KILL {
            let _ = kill_process_group(self.pid(), signal);
        } else {
            let _ = kill_process(self.pid(), signal);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.exit_status().is_none() {
            self.signal(Signal::INT);
            let started = Instant::now();
            while self.exit_status().is_none() && started.elapsed() < ORDERLY_WAIT {
                thread::sleep(POLL);
            }
            self.signal(Signal::KILL);
            let _ = self.with_child(Child::wait);
        }
        let _ = self.pid_file.remove_of(self.pid());
    }
}

/// A fresh log for a child, for both its streams; the one of the run before is kept beside it.
pub(crate) fn log_file(path: &Path) -> Result<(File, File)> {
    match fs::rename(path, path.with_extension("log.1")) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::at("move", path)(error)),
        _ => {}
    }
    let open = || {
        File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map_err(Error::at("open", path))
    };
    Ok((open()?, open()?))
}

/// The last lines of a log, as far as it can be read.
pub(crate) fn tail(path: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

/// Runs a command to its end with its output in `log`.
pub(crate) async fn run(name: &str, mut command: Command, log: &Path, bound: Duration) -> Result<()> {
    let (out, err) = log_file(log)?;
    command.process_group(0);
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::null()).stdout(out).stderr(err).kill_on_drop(true);
    let failed = |status: String| Error::Failed {
        name: name.to_owned(),
        status,
        log: log.to_owned(),
        tail: tail(log),
    };
    match tokio::time::timeout(bound, command.status()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(failed(status.to_string())),
        Ok(Err(error)) => Err(Error::io(format!("start {name}"))(error)),
        Err(_) => Err(failed(format!("not finished after {} s", bound.as_secs()))),
    }
}
