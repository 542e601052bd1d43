//! R11: the monitor measures. Its cuff pressure is not a result and says so.

use hut_ui::words::{self, Lang};
use hut_ui::{GaugeMode, GaugeTick, MeasuringView};
use slint::ModelRc;

use super::path::{saved, steps};
use super::say::{Say, fraction, model};
use crate::session::{PressureStep, State, World};

/// What R11 shows; `rising` tells whether the cuff was filling when last heard.
pub fn view(world: &World, state: &State, step: &PressureStep, rising: bool, lang: Lang) -> MeasuringView {
    let say = Say(lang);
    let PressureStep::Measuring { number, since, cuff, gone, saving, .. } = *step else {
        return MeasuringView::default();
    };
    let word = match cuff {
        _ if saving => words::RES_SAVING,
        _ if gone => words::MEAS_GONE,
        Some(_) if rising => words::MEAS_INFLATING,
        Some(_) => words::MEAS_DEFLATING,
        None => words::MEAS_PRESS_CHIP,
    };
    let mode = match cuff {
        Some(_) => GaugeMode::Live,
        None if saving => GaugeMode::Silent,
        None if gone => GaugeMode::Gone,
        // No monitor so far can be started over its cable.
        None => GaugeMode::PressStart,
    };
    let (title, more, stop_hint) = match mode {
        GaugeMode::Live => (words::MEAS_QUIET, None, Some(words::MEAS_STOP_HINT)),
        GaugeMode::Silent => (words::MEAS_QUIET, Some(words::MEAS_SILENT_MORE), Some(words::MEAS_STOP_HINT)),
        GaugeMode::Gone => (words::MEAS_GONE_TITLE, Some(words::MEAS_GONE_MORE), None),
        GaugeMode::PressStart => {
            (words::MEAS_PRESS_TITLE, Some(words::MEAS_PRESS_MORE), Some(words::MEAS_STOP_HINT_HAND))
        }
    };
    MeasuringView {
        steps: steps(world, state, say, step),
        mode,
        title: say.text(title),
        more: more.map(|key| say.text(key)).unwrap_or_default(),
        stop_hint: stop_hint.map(|key| say.text(key)).unwrap_or_default(),
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
        left: ModelRc::default(),
        saved: if number > 1 { saved(say, number - 1) } else { "".into() },
        saved_more: if number > 1 { say.text(words::MEAS_SAVED_MORE) } else { "".into() },
    }
}

/// The end of the dial; no limit, only as far as the arc reaches.
const FULL_SCALE: u64 = 240;
const TICKS: [u64; 5] = [40, 80, 120, 160, 200];
