//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use hut_drivers::Line;
use hut_drivers::transport::serial::Address;

/// Readings from health devices on the command line.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Arguments {
    /// A folder with descriptors of your own (*.toml), known beside the built-in models.
    #[arg(long, global = true, value_name = "DIR")]
    pub devices: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Lists every supported model.
    #[command(after_help = "Example: hut-devices models --json")]
    Models {
        /// One JSON array instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Lists what is plugged in, one JSON object a line; opens nothing.
    #[command(after_help = "Example: hut-devices list")]
    List,
    /// Turns a device's bytes on standard input into JSON Lines, one for each frame.
    #[command(
        after_help = "Example: echo '53 54 2C 2B 30 30 30 37 31 2E 34 20 20 6B 67 0D 0A' | hut-devices decode scale-st-gs --hex"
    )]
    Decode {
        /// Model id or protocol name.
        model: String,
        /// The input is hexadecimal text, with or without blanks.
        #[arg(long)]
        hex: bool,
    },
    /// Tells settled readings from a port as they come, until Ctrl-C.
    #[command(after_help = "Example: hut-devices listen bp-omron-hbp9030 --port /dev/ttyACM0 --once")]
    Listen {
        /// Model id or protocol name.
        model: String,
        /// Path of the port, or usb:, hid:, bulk:VVVV:PPPP, tcp:HOST:PORT, listen:ADDRESS:PORT, phdc:any.
        #[arg(long)]
        port: Address,
        /// Line settings instead of the model's own, such as "2400 7E1".
        #[arg(long)]
        line: Option<Line>,
        /// End after the first result.
        #[arg(long)]
        once: bool,
        /// Write a transcript of everything said. Refused for card readers and scanners.
        #[arg(long)]
        record: Option<PathBuf>,
    },
    /// Reads a meter's memory.
    #[command(after_help = "Example: hut-devices download glucose-onetouch-ultra2 --port /dev/ttyUSB0")]
    Download {
        /// Model id or protocol name.
        model: String,
        /// Path of the port, or usb:, hid:, bulk:VVVV:PPPP, tcp:HOST:PORT, listen:ADDRESS:PORT, phdc:any.
        #[arg(long)]
        port: Address,
        /// Line settings instead of the model's own.
        #[arg(long)]
        line: Option<Line>,
    },
    /// Behaves as a device on a pseudo-terminal, whose path is the first line of output.
    #[command(after_help = EMULATE_HELP)]
    Emulate {
        /// Model id or protocol name.
        model: String,
        /// Lines with a delay in front, done before standard input is read.
        #[arg(long)]
        script: Option<PathBuf>,
        /// Fill a meter's memory with so many records; others measure so many times, but for those that wait for a command.
        #[arg(long)]
        count: Option<u16>,
        /// Speak no faster than the model's line.
        #[arg(long)]
        baud_paced: bool,
    },
    /// Replays a transcript against the decoder and says where it differs.
    #[command(after_help = "Example: hut-devices replay transcripts/scale-st-gs/steady.txt")]
    Replay {
        /// The transcript.
        file: PathBuf,
    },
}

const EMULATE_HELP: &str = "\
Each line of standard input lets something happen; an empty line is the usual measurement of a device of its kind:
  blood pressure      145 91 76 | 145 91 76 moved | records 50  (mmHg, mmHg, /min)
  weight              64.4 | on 64.4 | off                               (kg)
  height and weight   168.5 64.4                                         (cm, kg)
  glucose             101 | HI | LO | control 102 | ketone 5 | records 50 (mg/dL)
  oximeter            98 72 | off                                        (%, /min)
  thermometer         36.6                                               (degrees Celsius)
  card reader         lay | lay name=测试乙 sex=female birth=1960-05-01 | lay id=... | lift
  scanner             6901234567892                                      (the text of a code)
  printer             paper ok | paper low | paper out
  what measures       error 7                                            (if the model tells errors)
  any                 clock 2026-11-22T08:30:00 | unplug | plug
                      behave good|silent|slow MS|garbage|bad_checksum|half|hang_up
It goes on when the input ends: end it with Ctrl-C.
A device that must be told to measure measures then what the last line said.
After `plug` the device is on another pseudo-terminal: its path is printed as one more line of output.
A script holds the same lines, each with the pause before it: 500ms 145 91 76 (or 2s, 1min); it is checked before it begins.

Example: hut-devices emulate bp-omron-hbp9030";
