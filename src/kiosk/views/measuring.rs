//! R11: the monitor measures. Its cuff pressure is not a result and says so.

use hut_ui::words::{self, Key, Lang};
use hut_ui::{GaugeMode, GaugeTick, MeasuringView};
use slint::SharedString;

use super::path::{saved, steps};
use super::say::{Say, fraction, model};
use crate::session::{PressureStep, State, World};

/// What R11 shows; `rising` tells whether the cuff was filling when last heard.
pub fn view(world: &World, state: &State, step: &PressureStep, rising: bool, lang: Lang) -> MeasuringView {
    let say = Say(lang);
    let PressureStep::Measuring { number, since, cuff, gone, saving, asked, .. } = *step else {
        return stopped(world, state, say, step);
    };
    let by_cable = world.monitor.by_cable;
    let word = match cuff {
        _ if saving => words::RES_SAVING,
        _ if gone => words::MEAS_RECONNECTING,
        _ if asked > 0 => words::MEAS_CONNECTING,
        Some(_) if rising => words::MEAS_INFLATING,
        Some(_) => words::MEAS_DEFLATING,
        None if by_cable => words::MEAS_WORKING,
        None => words::MEAS_PRESS_CHIP,
    };
    let mode = match cuff {
        Some(_) => GaugeMode::Live,
        None if saving => GaugeMode::Silent,
        None if gone => GaugeMode::Gone,
        None if by_cable => GaugeMode::Silent,
        None => GaugeMode::PressStart,
    };
    let hint = if by_cable { words::MEAS_STOP_HINT } else { words::MEAS_STOP_HINT_HAND };
    let (title, more, hint): (_, &[Key], _) = match mode {
        GaugeMode::Live => (words::MEAS_QUIET, &[], Some(hint)),
        GaugeMode::Silent => (words::MEAS_QUIET, &[words::MEAS_SILENT_MORE], Some(hint)),
        GaugeMode::PressStart => {
            (words::MEAS_PRESS_TITLE, &[words::MEAS_PRESS_MORE, words::MEAS_QUIET_LINE], Some(hint))
        }
        GaugeMode::Gone | GaugeMode::Stopped => {
            (words::ERR_LOST, &[words::MEAS_GONE_TITLE, words::MEAS_GONE_MORE], None)
        }
    };
    MeasuringView {
        steps: steps(world, state, say, step),
        mode,
        title: say.text(title),
        more: lines(say, more),
        stop_hint: hint.map(|key| say.text(key)).unwrap_or_default(),
        pressure: cuff.map(|pressure| pressure.to_string()).unwrap_or_default().into(),
        fraction: cuff.map_or(0.0, |pressure| fraction(pressure.into(), FULL_SCALE)),
        ticks: model(
            TICKS
                .into_iter()
                .map(|at| GaugeTick { label: at.to_string().into(), at: fraction(at, FULL_SCALE) })
                .collect(),
        ),
        seconds: (state.now.ms_since(&since) / 1000).to_string().into(),
        state: say.text(word),
        connecting: gone || word == words::MEAS_CONNECTING,
        left: match cuff.filter(|_| !rising).and_then(seconds_left) {
            Some(seconds) => say.fill(words::MEAS_LEFT, &[("s", &seconds.to_string())]),
            None => "".into(),
        },
        saved: if number > 1 { saved(say, number - 1) } else { "".into() },
        saved_more: if number > 1 { say.text(words::MEAS_SAVED_MORE) } else { "".into() },
    }
}

/// Stopped on a monitor that has to be stopped by its own key.
fn stopped(world: &World, state: &State, say: Say, step: &PressureStep) -> MeasuringView {
    let more = if world.monitor.arm_in { words::MEAS_STOPPED_MORE_ARM } else { words::MEAS_STOPPED_MORE };
    MeasuringView {
        steps: steps(world, state, say, step),
        mode: GaugeMode::Stopped,
        title: say.text(words::MEAS_STOPPED_TITLE),
        more: say.text(more),
        state: say.text(words::MEAS_STOPPED_CHIP),
        ..MeasuringView::default()
    }
}

fn lines(say: Say, keys: &[Key]) -> SharedString {
    keys.iter().map(|key| say.text(*key)).collect::<Vec<_>>().join("\n").into()
}

/// About how long the cuff still empties, in fives: it loses some 3 mmHg a second down to about 70.
fn seconds_left(pressure: u16) -> Option<u16> {
    let seconds = pressure.checked_sub(70)? / 3;
    (seconds > 0).then(|| seconds.div_ceil(5) * 5)
}

/// The end of the dial; no limit, only as far as the arc reaches.
const FULL_SCALE: u64 = 240;
const TICKS: [u64; 5] = [40, 80, 120, 160, 200];
