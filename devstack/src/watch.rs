//! Ends a child when this process ends without having done so: killed, or gone with the child in a static.

use crate::{Error, Result};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Waits for the end of its input, of which only we hold the other end, then ends process $1 if its command line still
/// holds $2: orderly, and by force after ten seconds.
const SCRIPT: &str = r#"
ours() {
  if [ -d /proc/self ]; then line=$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline"); else line=$(ps -o args= -p "$1"); fi
  case "$line" in *"$2"*) true ;; *) false ;; esac
}
read -r _
tries=0
while [ $tries -lt 10 ] && ours "$1" "$2"; do
  [ $tries -gt 0 ] || kill -INT "$1"
  tries=$((tries + 1))
  sleep 1
done
if ours "$1" "$2"; then kill -KILL "$1"; fi
"#;

/// Dropping it, after the child has ended, ends the watching.
#[derive(Debug)]
pub(crate) struct Watch {
    shell: Child,
}

impl Watch {
    pub(crate) fn over(pid: i32, marker: &Path) -> Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "watch", &pid.to_string()])
            .arg(marker)
            .stdin(Stdio::piped()) // held until the drop; the system closes it when we end in any other way
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(Error::io("start sh"))?;
        Ok(Self { shell })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
