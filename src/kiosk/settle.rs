//! Keeps what did not change: a model whose rows are the same stays the model it was, so that nothing is drawn anew.

use slint::{Model, ModelRc};

/// Takes over from `old` whatever is the same, so that comparing tells what is not.
pub trait Settle {
    /// Replaces models of the same rows by those of `old`; rows of the same number are changed in place.
    fn settle(&mut self, _old: &Self) {}
}

/// Keeps the old model where the rows agree in number, with the rows that differ set in it.
pub fn keep<T: Clone + PartialEq + 'static>(new: &mut ModelRc<T>, old: &ModelRc<T>) {
    keep_with(new, old, |_, _| {});
}

/// The same for rows that hold models themselves.
pub fn keep_rows<T: Clone + PartialEq + Settle + 'static>(new: &mut ModelRc<T>, old: &ModelRc<T>) {
    keep_with(new, old, T::settle);
}

fn keep_with<T: Clone + PartialEq + 'static>(new: &mut ModelRc<T>, old: &ModelRc<T>, settle: impl Fn(&mut T, &T)) {
    if new.row_count() != old.row_count() {
        return;
    }
    for (place, (mut row, before)) in new.iter().zip(old.iter()).enumerate() {
        settle(&mut row, &before);
        if row != before {
            old.set_row_data(place, row);
        }
    }
    *new = old.clone();
}

macro_rules! settle {
    ($($view:ident { $($field:ident),* } $({ $($deep:ident),* })?)*) => {$(
        impl Settle for hut_ui::$view {
            #[allow(unused_variables, reason = "a view without models has nothing to keep")]
            fn settle(&mut self, old: &Self) {
                $(keep(&mut self.$field, &old.$field);)*
                $($(keep_rows(&mut self.$deep, &old.$deep);)*)?
            }
        }
    )*};
}

settle! {
    TopBarView {}
    OverlayView {}
    NoticeView {}
    IdleView {}
    IdentifyView {}
    IdPadView { groups }
    GuestView { ages }
    ConfirmView {}
    ConsentView { lines }
    ChooseView { items }
    CuffView { steps }
    PostureView { steps }
    RestView { steps }
    MeasuringView { steps, ticks }
    BetweenView { steps }
    BodyView {}
    WaistView { folk }
    GlucoseContextView {}
    GlucoseView {}
    OthersView {}
    EntryView { what, units, kits }
    QuestionView { answers }
    ZoneBarView { zones, limits }
    ResultView { items, next_line, advice } { bars }
    TrendSeries { points }
    SlipView { lines }
    TrendFact { line }
    TrendView { tabs, periods, grid, limits, dates } { series, facts }
    UrgentView { steps, symptoms }
    GoodbyeView { next_dates }
    PinView { staff }
    DeskView {}
    CaseChart { first, second, limits }
    QueueView { counters, filters, rows }
    TickView { line }
    ChoiceRow { options, dates }
    DecideView { banner, urgency, places, criteria, info, slip } { ticks, rows }
    FaultView {}
}

/// Settles the case beside its list.
pub fn settle_case(new: &mut hut_ui::CaseView, old: &hut_ui::CaseView) {
    keep(&mut new.why, &old.why);
    keep(&mut new.facts, &old.facts);
    keep(&mut new.actions, &old.actions);
    new.chart.settle(&old.chart);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kiosk::views::say::model;

    #[test]
    fn the_same_rows_keep_their_model_and_a_changed_row_is_set_in_it() {
        let old = model(vec![1, 2, 3]);
        let mut same = model(vec![1, 2, 3]);
        keep(&mut same, &old);
        assert!(same == old);
        let mut changed = model(vec![1, 5, 3]);
        keep(&mut changed, &old);
        assert!(changed == old);
        assert_eq!(old.iter().collect::<Vec<_>>(), [1, 5, 3]);
        let mut longer = model(vec![1]);
        keep(&mut longer, &old);
        assert!(longer != old);
    }
}
