//! Invented persons and numbers, one set for each screen.

use hut_ui::words::{self, Lang};
use hut_ui::*;
use slint::{Global, ModelRc, SharedString, VecModel};

pub struct Sample {
    pub name: &'static str,
    pub fill: fn(&HutWindow, Lang),
}

pub fn all() -> Vec<Sample> {
    macro_rules! samples {
        ($($name:literal $fill:ident),* $(,)?) => { vec![$(Sample { name: $name, fill: $fill }),*] };
    }
    samples![
        "idle" idle,
        "identify" identify,
        "identify-no-card" identify_no_card,
        "id_pad" id_pad,
        "phone_pad" phone_pad,
        "guest" guest,
        "confirm" confirm,
        "consent" consent,
        "choose" choose,
        "cuff" cuff,
        "cuff-tunnel" tunnel,
        "posture" posture,
        "rest" rest,
        "measuring" measuring,
        "measuring-silent" measuring_silent,
        "measuring-start" measuring_start,
        "measuring-notice" measuring_notice,
        "between" between,
        "body" body,
        "body-stable" body_stable,
        "waist" waist,
        "glucose_context" glucose_context,
        "glucose" glucose,
        "question" question,
        "question-several" question_several,
        "result" result,
        "result-glucose" result_glucose,
        "result-large" result_large,
        "result-large-2" result_large_2,
        "result-large-3" result_large_3,
        "result-large-4" result_large_4,
        "trend" trend,
        "urgent" urgent,
        "urgent-chosen" urgent_chosen,
        "urgent-low" urgent_low,
        "goodbye" goodbye,
        "pin" pin,
        "queue" queue,
        "queue-empty" queue_empty,
        "decide-register" decide_register,
        "decide-refer" decide_refer,
        "decide-follow" decide_follow,
        "decide-dismiss" decide_dismiss,
        "fault" fault,
        "overlay-still" still,
        "overlay-other-card" other_card,
        "overlay-call" call,
        "overlay-qr" qr,
        "hint" hint,
    ]
}

pub fn clear(ui: &HutWindow, lang: Lang) {
    let app = App::get(ui);
    app.set_lang(lang.index());
    app.set_text_scale(1.0);
    app.set_voice_on(true);
    app.set_hint("".into());
    app.set_overlay(OverlayView::default());
    app.set_notice(NoticeView::default());
    person(ui, lang, "王*英", "1226");
}

fn person(ui: &HutWindow, lang: Lang, name: &str, tail: &str) {
    App::get(ui).set_top(TopBarView {
        station: at(lang, "三工镇卫生院 · 1 号机", "Sangong health centre · 1").into(),
        clock: "09:26".into(),
        person: name.into(),
        tail: words::fill(lang, words::COMMON_TAIL, &[("n", tail)]).into(),
    });
}

fn at<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::ZhCn => zh,
        _ => en,
    }
}

fn list<T: Clone + 'static>(rows: impl IntoIterator<Item = T>) -> ModelRc<T> {
    ModelRc::new(VecModel::from_iter(rows))
}

fn lines(rows: &[&str]) -> ModelRc<SharedString> {
    list(rows.iter().map(|row| SharedString::from(*row)))
}

/// `a **b** c` as spans.
fn spans(text: &str) -> ModelRc<Span> {
    list(
        text.split("**")
            .enumerate()
            .filter(|(_, part)| !part.is_empty())
            .map(|(at, part)| Span { text: part.into(), strong: at % 2 == 1 }),
    )
}

fn steps(lang: Lang, current: usize) -> ModelRc<StepView> {
    let labels = [
        words::text(lang, words::STEPS_CUFF).to_owned(),
        words::fill(lang, words::STEPS_REST, &[("n", "5")]),
        words::fill(lang, words::STEPS_READING, &[("n", "1")]),
        words::fill(lang, words::STEPS_PAUSE, &[("n", "1")]),
        words::fill(lang, words::STEPS_READING, &[("n", "2")]),
        words::text(lang, words::STEPS_RESULT).to_owned(),
    ];
    list(labels.into_iter().enumerate().map(move |(at, label)| StepView {
        label: label.into(),
        state: match at.cmp(&current) {
            std::cmp::Ordering::Less => StepState::Done,
            std::cmp::Ordering::Equal => StepState::Current,
            std::cmp::Ordering::Greater => StepState::Todo,
        },
    }))
}

fn choice(label: &str, chosen: bool) -> ChoiceView {
    ChoiceView { label: label.into(), chosen }
}

fn t(lang: Lang, key: words::Key) -> SharedString {
    words::text(lang, key).into()
}

fn show(ui: &HutWindow, screen: ScreenId) {
    App::get(ui).set_screen(screen);
}

fn idle(ui: &HutWindow, lang: Lang) {
    IdleScreen::get(ui).set_view(IdleView {
        tip_topic: words::fill(lang, words::IDLE_TOPIC, &[("topic", words::text(lang, words::IDLE_TIP_SALT_TOPIC))])
            .into(),
        tip_title: t(lang, words::IDLE_TIP_SALT),
        tip_text: t(lang, words::IDLE_TIP_SALT_MORE),
        note: t(lang, words::IDLE_BP_DOWN),
        note_level: Level::Watch,
        date: at(lang, "11 月 22 日 星期日", "22/11 Sunday").into(),
    });
    show(ui, ScreenId::Idle);
}

fn identify(ui: &HutWindow, _: Lang) {
    IdentifyScreen::get(ui).set_view(IdentifyView { card: true, scanner: true, phone: true, ..Default::default() });
    show(ui, ScreenId::Identify);
}

fn identify_no_card(ui: &HutWindow, lang: Lang) {
    IdentifyScreen::get(ui).set_view(IdentifyView {
        card: false,
        scanner: false,
        phone: true,
        note: t(lang, words::ERR_CARD_LOST),
        waiting_cases: "6".into(),
    });
    show(ui, ScreenId::Identify);
}

fn id_pad(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "", "");
    IdPadScreen::get(ui).set_view(IdPadView {
        kind: PadKind::IdNumber,
        groups: list([
            PadGroup { text: "●●●●●●".into(), empty: 0, current: false },
            PadGroup { text: "19491".into(), empty: 3, current: true },
            PadGroup { text: "".into(), empty: 4, current: false },
        ]),
        note: words::fill(lang, words::ID_LEN, &[("n", "7")]).into(),
        note_level: Level::Info,
        ready: false,
    });
    show(ui, ScreenId::IdPad);
}

fn phone_pad(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "", "");
    IdPadScreen::get(ui).set_view(IdPadView {
        kind: PadKind::Phone,
        groups: list([
            PadGroup { text: "●●●".into(), empty: 0, current: false },
            PadGroup { text: "●●●●".into(), empty: 0, current: false },
            PadGroup { text: "5678".into(), empty: 0, current: true },
        ]),
        note: t(lang, words::PHONE_OK),
        note_level: Level::Ok,
        ready: true,
    });
    show(ui, ScreenId::IdPad);
}

fn guest(ui: &HutWindow, lang: Lang) {
    let ages = [
        words::GUEST_UNDER_18,
        words::GUEST_AGE_18,
        words::GUEST_AGE_30,
        words::GUEST_AGE_40,
        words::GUEST_AGE_50,
        words::GUEST_AGE_60,
        words::GUEST_AGE_70,
        words::GUEST_OVER_80,
    ];
    GuestScreen::get(ui).set_view(GuestView {
        sex: Sex::Female,
        ages: list(ages.into_iter().enumerate().map(|(i, key)| choice(words::text(lang, key), i == 5))),
        ready: true,
    });
    person(ui, lang, "", "");
    show(ui, ScreenId::Guest);
}

fn confirm(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "", "");
    ConfirmScreen::get(ui).set_view(ConfirmView {
        name: "王*英".into(),
        line: words::fill(lang, words::CONFIRM_LINE, &[("year", "1968"), ("tail", "1226")]).into(),
        last_visit: words::fill(lang, words::CONFIRM_LAST, &[("date", at(lang, "11 月 3 日", "3/11"))]).into(),
    });
    show(ui, ScreenId::Confirm);
}

fn consent(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "赵*芳", "2048");
    let rows = [
        (Icon::Cuff, words::CONSENT_LINE1),
        (Icon::Chat, words::CONSENT_LINE2),
        (Icon::Lock, words::CONSENT_LINE3),
        (Icon::History, words::CONSENT_LINE4),
        (Icon::Check, words::CONSENT_LINE5),
    ];
    ConsentScreen::get(ui).set_view(ConsentView {
        lines: list(rows.map(|(icon, key)| ConsentLine { icon, text: t(lang, key) })),
        save: true,
        doctor: true,
        upload: false,
        offer_phone: true,
        phone: "".into(),
        speaking: false,
        ready: true,
    });
    show(ui, ScreenId::Consent);
}

fn choose(ui: &HutWindow, lang: Lang) {
    let item = |icon, title, detail: String, available| ChooseItem {
        icon,
        title: t(lang, title),
        detail: detail.into(),
        available,
    };
    let last = |zh, en| words::fill(lang, words::CHOOSE_LAST_ITEM, &[("date", at(lang, zh, en))]);
    ChooseScreen::get(ui).set_view(ChooseView {
        last_visit: words::fill(lang, words::CHOOSE_LAST, &[("date", at(lang, "11 月 3 日", "3/11"))]).into(),
        usual: item(Icon::Cuff, words::CHOOSE_BP, words::text(lang, words::CHOOSE_BP_MORE).into(), true),
        usual_badge: t(lang, words::CHOOSE_USUAL),
        suite: item(Icon::CheckList, words::CHOOSE_SUITE, words::text(lang, words::CHOOSE_SUITE_MORE).into(), true),
        items: list([
            item(Icon::Drop, words::CHOOSE_GLUCOSE, last("11 月 3 日", "3/11"), true),
            item(Icon::Scale, words::CHOOSE_BODY, last("6 月 3 日", "3/6"), true),
            item(Icon::Tape, words::CHOOSE_WAIST, last("6 月 3 日", "3/6"), true),
            item(
                Icon::Oximeter,
                words::CHOOSE_OXIMETER,
                words::fill(lang, words::CHOOSE_BROKEN, &[("device", at(lang, "血氧仪", "Oximeter"))]),
                false,
            ),
        ]),
    });
    show(ui, ScreenId::Choose);
}

fn cuff(ui: &HutWindow, lang: Lang) {
    CuffScreen::get(ui).set_view(CuffView {
        steps: steps(lang, 0),
        fits: words::fill(lang, words::CUFF_FITS, &[("a", "22"), ("b", "32")]).into(),
        arm_in: false,
    });
    show(ui, ScreenId::Cuff);
}

fn tunnel(ui: &HutWindow, lang: Lang) {
    cuff(ui, lang);
    let mut view = CuffScreen::get(ui).get_view();
    view.arm_in = true;
    CuffScreen::get(ui).set_view(view);
}

fn posture(ui: &HutWindow, lang: Lang) {
    PostureScreen::get(ui).set_view(PostureView { steps: steps(lang, 0) });
    show(ui, ScreenId::Posture);
}

fn rest(ui: &HutWindow, lang: Lang) {
    RestScreen::get(ui).set_view(RestView {
        steps: steps(lang, 1),
        clock: "3:48".into(),
        line: words::fill(lang, words::REST_LEFT, &[("m", "3"), ("s", "48")]).into(),
        total: words::fill(lang, words::REST_TOTAL, &[("n", "5")]).into(),
        left: 228.0 / 300.0,
        declare: words::fill(lang, words::REST_DECLARE, &[("n", "5")]).into(),
    });
    show(ui, ScreenId::Rest);
}

fn measuring(ui: &HutWindow, lang: Lang) {
    let ticks = [40, 80, 120, 160, 200].map(|at| GaugeTick { label: at.to_string().into(), at: at as f32 / 240.0 });
    MeasuringScreen::get(ui).set_view(MeasuringView {
        steps: steps(lang, 4),
        mode: GaugeMode::Live,
        pressure: "132".into(),
        fraction: 132.0 / 240.0,
        ticks: list(ticks),
        seconds: "".into(),
        state: t(lang, words::MEAS_DEFLATING),
        left: spans(at(lang, "还要大约 **20** 秒", "About **20** s left")),
        saved: words::fill(lang, words::MEAS_SAVED, &[("n", "1")]).into(),
        saved_more: t(lang, words::MEAS_SAVED_MORE),
    });
    show(ui, ScreenId::Measuring);
}

fn measuring_silent(ui: &HutWindow, lang: Lang) {
    measuring(ui, lang);
    let screen = MeasuringScreen::get(ui);
    let mut view = screen.get_view();
    view.mode = GaugeMode::Silent;
    view.seconds = "24".into();
    view.state = t(lang, words::MEAS_WORKING);
    view.left = spans("");
    screen.set_view(view);
}

fn measuring_start(ui: &HutWindow, lang: Lang) {
    measuring(ui, lang);
    let screen = MeasuringScreen::get(ui);
    let mut view = screen.get_view();
    view.mode = GaugeMode::PressStart;
    view.steps = steps(lang, 2);
    view.state = t(lang, words::MEAS_PRESS_CHIP);
    view.left = spans("");
    view.saved = "".into();
    screen.set_view(view);
}

fn measuring_notice(ui: &HutWindow, lang: Lang) {
    measuring(ui, lang);
    App::get(ui).set_notice(NoticeView {
        level: Level::Watch,
        text: t(lang, words::ERR_LOOSE),
        action: t(lang, words::ERR_WRAP_AGAIN),
    });
}

fn between(ui: &HutWindow, lang: Lang) {
    BetweenScreen::get(ui).set_view(BetweenView {
        steps: steps(lang, 3),
        saved: words::fill(lang, words::MEAS_SAVED, &[("n", "1")]).into(),
        clock: "0:42".into(),
        left: 0.7,
        total: words::fill(lang, words::BETWEEN_TOTAL, &[("n", "60")]).into(),
        line: words::fill(lang, words::BETWEEN_NEXT, &[("n", "2")]).into(),
    });
    show(ui, ScreenId::Between);
}

fn body(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "赵*芳", "2048");
    BodyScreen::get(ui).set_view(BodyView {
        to_confirm: false,
        has_height: true,
        height: BodyValue { state: ValueState::Stable, value: "158.0".into(), word: t(lang, words::BODY_STABLE) },
        weight: BodyValue { state: ValueState::Settling, value: "".into(), word: t(lang, words::BODY_WEIGHING) },
        note: t(lang, words::BODY_HINT),
        note_level: Level::Info,
    });
    show(ui, ScreenId::Body);
}

fn body_stable(ui: &HutWindow, lang: Lang) {
    body(ui, lang);
    let screen = BodyScreen::get(ui);
    let mut view = screen.get_view();
    view.to_confirm = true;
    view.weight = BodyValue { state: ValueState::Stable, value: "64.4".into(), word: t(lang, words::BODY_STABLE) };
    view.note = t(lang, words::BODY_YEARLY);
    screen.set_view(view);
}

fn waist(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "赵*芳", "2048");
    WaistScreen::get(ui).set_view(WaistView {
        value: "88.0".into(),
        folk: spans(at(lang, "大约 **2 尺 6 寸**", "About **2 chi 6 cun**")),
        note: "".into(),
        note_level: Level::Info,
        ready: true,
    });
    show(ui, ScreenId::Waist);
}

fn glucose_context(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "赵*芳", "2048");
    GlucoseContextScreen::get(ui).set_view(GlucoseContextView {
        meal: Meal::Fasting,
        yesterday: true,
        time: "19:00".into(),
        time_words: words::fill(lang, words::GLUCTX_EVENING, &[("h", "7")]).into(),
        verdict: words::fill(lang, words::GLUCTX_IS_FASTING, &[("h", "13")]).into(),
        verdict_more: words::fill(lang, words::GLUCTX_PICKED, &[("time", "08:40")]).into(),
        verdict_level: Level::Ok,
        next_line: t(lang, words::GLUCTX_DIABETES),
        ready: true,
    });
    show(ui, ScreenId::GlucoseContext);
}

fn glucose(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "赵*芳", "2048");
    GlucoseScreen::get(ui).set_view(GlucoseView {
        step: 2,
        meal: t(lang, words::GLUCTX_FASTING),
        seconds: "".into(),
        note: "".into(),
        note_level: Level::Info,
    });
    show(ui, ScreenId::Glucose);
}

fn question(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "赵*芳", "2048");
    let rows = [
        (Icon::Smoking, words::Q_SMOKE_NOW, words::Q_SMOKE_NOW_MORE, false),
        (Icon::NoSmoking, words::Q_SMOKE_PAST, words::Q_SMOKE_PAST_MORE, false),
        (Icon::Leaf, words::Q_SMOKE_NEVER, words::Q_SMOKE_NEVER_MORE, false),
        (Icon::Help, words::Q_UNKNOWN, words::Q_UNKNOWN_MORE, true),
    ];
    QuestionScreen::get(ui).set_view(QuestionView {
        title: t(lang, words::Q_SMOKE),
        sub: t(lang, words::Q_ONE),
        number: 1,
        total: 5,
        progress: words::fill(lang, words::Q_PROGRESS, &[("n", "1"), ("m", "5")]).into(),
        answers: list(rows.map(|(icon, title, detail, quiet)| AnswerView {
            icon,
            title: t(lang, title),
            detail: t(lang, detail),
            chosen: false,
            quiet,
        })),
        several: false,
        can_skip: true,
        ready: false,
    });
    show(ui, ScreenId::Question);
}

fn question_several(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "赵*芳", "2048");
    let rows = [
        (Icon::Cuff, words::Q_FAMILY_BP, true, false),
        (Icon::Drop, words::Q_FAMILY_GLU, false, false),
        (Icon::Person, words::Q_FAMILY_STROKE, false, false),
        (Icon::Heart, words::Q_FAMILY_HEART, true, false),
        (Icon::Leaf, words::Q_NONE, false, false),
        (Icon::Help, words::Q_UNKNOWN, false, true),
    ];
    QuestionScreen::get(ui).set_view(QuestionView {
        title: t(lang, words::Q_FAMILY),
        sub: t(lang, words::Q_SEVERAL),
        number: 5,
        total: 5,
        progress: words::fill(lang, words::Q_PROGRESS, &[("n", "5"), ("m", "5")]).into(),
        answers: list(rows.map(|(icon, title, chosen, quiet)| AnswerView {
            icon,
            title: t(lang, title),
            detail: "".into(),
            chosen,
            quiet,
        })),
        several: true,
        can_skip: true,
        ready: true,
    });
    show(ui, ScreenId::Question);
}

fn zones(lang: Lang, cuts: [f32; 3]) -> ModelRc<Zone> {
    let keys = [
        (words::ZONE_NORMAL, Level::Ok),
        (words::ZONE_HIGH_NORMAL, Level::Watch),
        (words::ZONE_HIGH, Level::High),
        (words::ZONE_VERY_HIGH, Level::Urgent),
    ];
    list(keys.into_iter().enumerate().map(move |(i, (key, level))| Zone {
        label: t(lang, key),
        from: if i == 0 { 0.0 } else { cuts[i - 1] },
        to: if i == 3 { 1.0 } else { cuts[i] },
        level,
        is_current: i == 2,
    }))
}

fn limits(texts: [&str; 3], cuts: [f32; 3]) -> ModelRc<ZoneLimit> {
    list(texts.into_iter().zip(cuts).map(|(text, at)| ZoneLimit { text: text.into(), at }))
}

fn result(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "赵*芳", "2048");
    let sys = [0.32, 0.48, 0.80];
    let dia = [0.30, 0.468, 0.80];
    let item = |title, value: &str, unit: &str, level, word| ResultItem {
        title: t(lang, title),
        value: value.into(),
        unit: unit.into(),
        level,
        word: t(lang, word),
    };
    let advice = |icon, line, more| AdviceView { icon, line: t(lang, line), more: t(lang, more) };
    ResultScreen::get(ui).set_view(ResultView {
        title: t(lang, words::RES_BP),
        meta: words::fill(
            lang,
            words::RES_META,
            &[("how", words::text(lang, words::RES_MEAN)), ("when", at(lang, "今天 08:52", "Today 08:52"))],
        )
        .into(),
        level: Level::High,
        word: t(lang, words::CLASS_HIGH),
        first: "145".into(),
        second: "91".into(),
        unit: "mmHg".into(),
        pulse: "76".into(),
        bars: list([
            ZoneBarView {
                label: t(lang, words::RES_SYS),
                value: "145".into(),
                zones: zones(lang, sys),
                limits: limits(["120", "140", "180"], sys),
                marker: 0.52,
            },
            ZoneBarView {
                label: t(lang, words::RES_DIA),
                value: "91".into(),
                zones: zones(lang, dia),
                limits: limits(["80", "90", "110"], dia),
                marker: 0.4835,
            },
        ]),
        items: list([
            item(words::RES_BMI, "25.8", "", Level::Watch, words::CLASS_OVERWEIGHT),
            item(words::RES_WAIST_ITEM, "88", words::text(lang, words::UNIT_CM), Level::High, words::CLASS_WAIST_LARGE),
            item(words::RES_GLU_FASTING, "5.4", "mmol/L", Level::Ok, words::CLASS_NORMAL),
        ]),
        missing: "".into(),
        quality: "".into(),
        next_icon: Icon::Calendar,
        next_level: Level::High,
        next_title: t(lang, words::RES_ONCE),
        next_line: spans(at(
            lang,
            "请再来测两次：**11 月 24 日**和**11 月 27 日**",
            "Please measure again on **24/11** and **27/11**",
        )),
        advice: list([
            advice(Icon::Salt, words::ADVICE_SALT, words::ADVICE_SALT_MORE),
            advice(Icon::Walk, words::ADVICE_WALK, words::ADVICE_WALK_MORE),
            advice(Icon::Tape, words::ADVICE_WAIST_FEMALE, words::ADVICE_WAIST_MORE),
        ]),
        told: at(lang, "已交给李医生查看。", "Dr Li will look at it.").into(),
        leaves: words::fill(lang, words::RES_LEAVES, &[("s", "85")]).into(),
        can_print: true,
        can_qr: true,
        can_trend: true,
        page: 0,
    });
    show(ui, ScreenId::Result);
}

fn result_glucose(ui: &HutWindow, lang: Lang) {
    result(ui, lang);
    let screen = ResultScreen::get(ui);
    let mut view = screen.get_view();
    view.title = t(lang, words::RES_GLU_FASTING);
    view.meta = at(lang, "指尖血 · 今天 08:52", "Finger · today 08:52").into();
    view.first = "6.6".into();
    view.second = "".into();
    view.unit = "mmol/L".into();
    view.pulse = "".into();
    view.bars = list([ZoneBarView {
        label: t(lang, words::RES_GLU_FASTING),
        value: "6.6".into(),
        zones: zones(lang, [0.4, 0.55, 0.85]),
        limits: limits(["6.1", "7.0", "16.7"], [0.4, 0.55, 0.85]),
        marker: 0.48,
    }]);
    view.items = list([]);
    view.missing =
        words::fill(lang, words::RES_MISSING, &[("items", at(lang, "血压、腰围", "pressure, waist"))]).into();
    view.quality = t(lang, words::RES_POOR);
    view.next_title = t(lang, words::RES_GLUCOSE_TITLE);
    view.next_line = spans(words::text(lang, words::RES_GLUCOSE_NEXT));
    screen.set_view(view);
}

fn result_page(ui: &HutWindow, lang: Lang, page: i32) {
    result(ui, lang);
    App::get(ui).set_text_scale(1.7);
    let screen = ResultScreen::get(ui);
    let mut view = screen.get_view();
    view.page = page;
    screen.set_view(view);
}

fn result_large(ui: &HutWindow, lang: Lang) {
    result_page(ui, lang, 0);
}

fn result_large_2(ui: &HutWindow, lang: Lang) {
    result_page(ui, lang, 1);
}

fn result_large_3(ui: &HutWindow, lang: Lang) {
    result_page(ui, lang, 2);
}

fn result_large_4(ui: &HutWindow, lang: Lang) {
    result_page(ui, lang, 3);
}

fn curve(points: &[(f32, f32)]) -> (SharedString, ModelRc<ChartPoint>) {
    let mut path = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        path += &format!("{} {x} {y} ", if i == 0 { "M" } else { "L" });
    }
    let last = points.len() - 1;
    let points: Vec<ChartPoint> =
        points.iter().enumerate().map(|(i, (x, y))| ChartPoint { x: *x, y: *y, last: i == last }).collect();
    (path.into(), list(points))
}

fn trend(ui: &HutWindow, lang: Lang) {
    let y = |value: f32| (180.0 - value) / 120.0 * 346.0;
    let sys = [156, 152, 154, 149, 151, 146, 148, 143, 145, 141, 142, 145];
    let dia = [98, 95, 97, 94, 93, 92, 90, 91, 88, 89, 87, 91];
    let place = |values: [i32; 12]| -> Vec<(f32, f32)> {
        values.iter().enumerate().map(|(i, value)| (28.0 + i as f32 * 63.3, y(*value as f32))).collect()
    };
    let series = |kind, label, values: [i32; 12], last: &str| {
        let places = place(values);
        let (path, points) = curve(&places);
        ChartSeries {
            kind,
            label: t(lang, label),
            path,
            points,
            last_text: last.into(),
            last_x: places[11].0,
            last_y: places[11].1,
        }
    };
    let grid = [180, 160, 140, 120, 100, 80, 60]
        .map(|value| ChartLine { label: value.to_string().into(), y: y(value as f32) });
    let tab = |icon, key, chosen| TrendTab { icon, label: t(lang, key), chosen };
    let date = |label: &str, x: f32, strong| ChartDate { label: label.into(), x, strong };
    TrendScreen::get(ui).set_view(TrendView {
        tabs: list([
            tab(Icon::Cuff, words::TREND_TAB_BP, true),
            tab(Icon::Drop, words::TREND_TAB_GLUCOSE, false),
            tab(Icon::Scale, words::TREND_TAB_WEIGHT, false),
            tab(Icon::Tape, words::TREND_TAB_WAIST, false),
        ]),
        periods: list([
            choice(words::text(lang, words::TREND_MONTH), false),
            choice(words::text(lang, words::TREND_HALF_YEAR), true),
            choice(words::text(lang, words::TREND_YEAR), false),
        ]),
        title: t(lang, words::TREND_BP),
        unit: "mmHg".into(),
        series: list([
            series(SeriesKind::Systolic, words::TREND_SYS, sys, "145"),
            series(SeriesKind::Diastolic, words::TREND_DIA, dia, "91"),
        ]),
        grid: list(grid),
        limits: list([
            ChartLine { label: words::fill(lang, words::TREND_LIMIT_SYS, &[("n", "140")]).into(), y: y(140.0) },
            ChartLine { label: words::fill(lang, words::TREND_LIMIT_DIA, &[("n", "90")]).into(), y: y(90.0) },
        ]),
        dates: list([
            date("6/3", 28.0, false),
            date("7/1", 154.0, false),
            date("8/2", 281.0, false),
            date("9/5", 408.0, false),
            date("10/6", 534.0, false),
            date(words::text(lang, words::TREND_TODAY), 724.0, true),
        ]),
        verdict: words::fill(lang, words::TREND_BETTER, &[("m", "6")]).into(),
        verdict_level: Level::Ok,
        headline: format!(
            "{}\n{}",
            words::text(lang, words::TREND_HALVES),
            words::fill(lang, words::TREND_BOTH_DOWN, &[("a", "7"), ("b", "6")])
        )
        .into(),
        text: words::fill(lang, words::TREND_ABOVE, &[("doctor", at(lang, "李医生", "Dr Li"))]).into(),
        facts: list([
            TrendFact {
                label: words::fill(lang, words::TREND_MEAN, &[("n", "3")]).into(),
                line: list([]),
                slash: true,
                first: "144".into(),
                second: "89".into(),
            },
            TrendFact {
                label: t(lang, words::TREND_COUNT),
                line: spans(words::text(lang, words::TREND_WELL)),
                slash: false,
                first: "12".into(),
                second: "".into(),
            },
        ]),
        empty: "".into(),
        leaves: words::fill(lang, words::RES_LEAVES, &[("s", "62")]).into(),
        can_print: true,
    });
    show(ui, ScreenId::Trend);
}

fn urgent(ui: &HutWindow, lang: Lang) {
    person(ui, lang, "马*山", "0317");
    let tiles =
        [words::URGENT_CHEST, words::URGENT_LIMBS, words::URGENT_HEAD, words::URGENT_BREATH, words::URGENT_NONE];
    UrgentScreen::get(ui).set_view(UrgentView {
        level: Level::Urgent,
        title: t(lang, words::URGENT_BP_TITLE),
        value_label: t(lang, words::RES_MEAN),
        value: "186 / 114".into(),
        unit: "mmHg".into(),
        pulse: "92".into(),
        steps: list([t(lang, words::URGENT_S1_SIT), t(lang, words::URGENT_S2_RINGING), t(lang, words::URGENT_S3_CALL)]),
        repeat: "".into(),
        symptoms: list(tiles.map(|key| choice(words::text(lang, key), false))),
        note: "".into(),
        repeat_refuse: "".into(),
        hidden: false,
        acknowledged: false,
        can_print: true,
    });
    show(ui, ScreenId::Urgent);
}

fn urgent_chosen(ui: &HutWindow, lang: Lang) {
    urgent(ui, lang);
    let screen = UrgentScreen::get(ui);
    let mut view = screen.get_view();
    view.steps = list([t(lang, words::URGENT_S_120), t(lang, words::URGENT_S1_SIT), t(lang, words::URGENT_S2_COMING)]);
    let tiles = [
        (words::URGENT_CHEST, true),
        (words::URGENT_LIMBS, false),
        (words::URGENT_HEAD, true),
        (words::URGENT_BREATH, false),
        (words::URGENT_NONE, false),
    ];
    view.symptoms = list(tiles.map(|(key, on)| choice(words::text(lang, key), on)));
    view.note = t(lang, words::URGENT_NOTED);
    view.repeat = words::fill(lang, words::URGENT_REPEAT, &[("s", "40")]).into();
    view.acknowledged = true;
    screen.set_view(view);
}

fn urgent_low(ui: &HutWindow, lang: Lang) {
    urgent(ui, lang);
    let screen = UrgentScreen::get(ui);
    let mut view = screen.get_view();
    view.level = Level::Low;
    view.title = t(lang, words::URGENT_LOW_TITLE);
    view.value_label = t(lang, words::RES_GLU_RANDOM);
    view.value = "3.2".into();
    view.unit = "mmol/L".into();
    view.pulse = "".into();
    view.steps = list([
        t(lang, words::URGENT_LOW_S1),
        t(lang, words::URGENT_LOW_S2),
        t(lang, words::URGENT_LOW_S3),
        t(lang, words::URGENT_LOW_S4),
    ]);
    view.symptoms = list([]);
    screen.set_view(view);
}

fn goodbye(ui: &HutWindow, lang: Lang) {
    GoodbyeScreen::get(ui).set_view(GoodbyeView {
        card: true,
        slip: true,
        title: t(lang, words::BYE_TITLE_CARD_SLIP),
        next_title: t(lang, words::BYE_NEXT),
        next_dates: lines(&[at(lang, "11 月 24 日", "24/11"), at(lang, "11 月 27 日", "27/11")]),
        next_note: t(lang, words::BYE_ON_SLIP),
        wipe: true,
        seconds: "8".into(),
        left: 0.8,
    });
    show(ui, ScreenId::Goodbye);
}

fn pin(ui: &HutWindow, lang: Lang) {
    let tile = |initial: &str, name, role, chosen| StaffTile {
        initial: initial.into(),
        name: SharedString::from(name),
        role: t(lang, role),
        chosen,
    };
    PinScreen::get(ui).set_view(PinView {
        staff: list([
            tile("李", at(lang, "李医生", "Dr Li"), words::PIN_GP, true),
            tile("王", at(lang, "王护士", "Nurse Wang"), words::PIN_NURSE, false),
            tile("阿", at(lang, "阿依夏木", "Ayxem"), words::PIN_KEEPER, false),
            tile("赵", at(lang, "赵指导员", "Zhao"), words::PIN_GUIDE, false),
        ]),
        entered: 4,
        places: 6,
        warning: spans(at(
            lang,
            "上次不对，**还可以试 4 次**，连错 5 次等 60 秒",
            "Wrong, **4 tries left**; after 5 wait 60 s",
        )),
        warning_level: Level::Watch,
        waiting: spans(at(lang, "有 **6** 件等处理，其中", "**6** cases are waiting, of them")),
        urgent: words::fill(lang, words::PIN_URGENT, &[("n", "2")]).into(),
        button: words::fill(lang, words::PIN_DIGITS, &[("n", "2")]).into(),
        ready: false,
        leaves: spans(at(lang, "**46** 秒后回首页", "start page in **46** s")),
        locked: false,
    });
    show(ui, ScreenId::Pin);
}

fn desk(ui: &HutWindow, lang: Lang) {
    Desk::get(ui).set_view(DeskView {
        place: at(lang, "三工镇卫生院 · 村医工作台", "Sangong · Doctor's desk").into(),
        line: words::fill(lang, words::DOC_OFFLINE, &[("n", "12"), ("k", "214")]).into(),
        line_level: Level::Watch,
        online: false,
        syncing: false,
        user: "李建国".into(),
        role: t(lang, words::PIN_VILLAGE),
        lock_left: "4:38".into(),
        room: DeskRoom::Queue,
        queue_badge: "6".into(),
        follow_up_badge: "3".into(),
        admin: false,
    });
}

fn queue(ui: &HutWindow, lang: Lang) {
    desk(ui, lang);
    let counter =
        |label, value: &str, more: &str| CounterView { label: t(lang, label), value: value.into(), more: more.into() };
    let filter =
        |key, n: &str, level, chosen| QueueFilter { label: words::fill(lang, key, &[("n", n)]).into(), level, chosen };
    let row = |level, name: &str, who: &str, value: &str, unit: &str, reason, age: &str| QueueRow {
        level,
        name: name.into(),
        who: who.into(),
        value: value.into(),
        unit: unit.into(),
        reason: SharedString::from(reason),
        age: age.into(),
        edge: matches!(level, Level::Urgent | Level::Low),
        late: false,
        chosen: level == Level::Urgent,
    };
    let w = |key| words::text(lang, key).to_owned();
    let last = &[
        (6.0, 41.0),
        (45.0, 37.0),
        (84.0, 42.0),
        (124.0, 36.0),
        (163.0, 39.0),
        (202.0, 34.0),
        (241.0, 37.0),
        (281.0, 34.0),
        (320.0, 9.0),
    ];
    let dia = &[
        (6.0, 93.0),
        (45.0, 90.0),
        (84.0, 95.0),
        (124.0, 89.0),
        (163.0, 92.0),
        (202.0, 88.0),
        (241.0, 90.0),
        (281.0, 89.0),
        (320.0, 73.0),
    ];
    let (first_path, first) = curve(last);
    let (second_path, second) = curve(dia);
    let action = |kind, icon, key, tone| CaseAction { kind, icon, label: t(lang, key), tone, available: true };
    QueueScreen::get(ui).set_view(QueueView {
        counters: list([
            counter(words::DOC_TODAY_COUNT, "23", words::text(lang, words::UNIT_PERSON_TIMES)),
            counter(words::DOC_TODO_COUNT, "6", &words::fill(lang, words::DOC_TODO_URGENT, &[("n", "2")])),
            counter(words::DOC_REGISTER_RATE_PERIOD, "97.6%", "41/42"),
            counter(words::DOC_GUIDANCE_RATE_PERIOD, "100%", "318/318"),
        ]),
        filters: list([
            filter(words::DOC_ALL, "6", Level::None, true),
            filter(words::DOC_URGENT, "2", Level::Urgent, false),
            filter(words::DOC_HIGH, "2", Level::None, false),
            filter(words::DOC_DUE, "1", Level::None, false),
            filter(words::DOC_DOUBT, "1", Level::None, false),
        ]),
        order: t(lang, words::DOC_ORDER_LEVEL),
        rows: list([
            row(
                Level::Urgent,
                "马占山",
                at(lang, "男 67 岁 · 二组", "Man 67 · group 2"),
                "186/114",
                "mmHg",
                w(words::WHY_BOTH_CRITICAL),
                at(lang, "8 分钟前", "8 min ago"),
            ),
            row(
                Level::Low,
                "古丽娜·艾山",
                at(lang, "女 59 岁 · 四组", "Woman 59 · group 4"),
                "3.6",
                "mmol/L",
                w(words::WHY_GLUCOSE_LOW),
                at(lang, "35 分钟前", "35 min ago"),
            ),
            row(
                Level::High,
                "赵玉芳",
                at(lang, "女 55 岁 · 一组", "Woman 55 · group 1"),
                "145/91",
                "mmHg",
                w(words::WHY_BP_FIRST_WAIST),
                at(lang, "今天 08:52", "today 08:52"),
            ),
            row(
                Level::High,
                "孙国庆",
                at(lang, "男 61 岁 · 三组", "Man 61 · group 3"),
                "7.8",
                at(lang, "空腹", "fasting"),
                w(words::WHY_GLUCOSE_FASTING),
                at(lang, "昨天 08:12", "yesterday 08:12"),
            ),
            row(
                Level::Watch,
                "刘桂兰",
                at(lang, "女 72 岁 · 一组", "Woman 72 · group 1"),
                "152/84",
                "mmHg",
                words::fill(lang, words::WHY_BP_DAY, &[("n", "2")]),
                at(lang, "昨天 16:40", "yesterday 16:40"),
            ),
            row(
                Level::None,
                &w(words::DOC_GUEST),
                &words::fill(lang, words::DOC_SLIP, &[("n", "0417")]),
                "168/102",
                "mmHg",
                w(words::WHY_GUEST),
                at(lang, "2 天前", "2 days ago"),
            ),
        ]),
        empty: words::fill(lang, words::DOC_DONE_MORE, &[("time", "09:20")]).into(),
        has_case: true,
        case: CaseView {
            level: Level::Urgent,
            name: "马占山".into(),
            who: at(lang, "男 67 岁 · 二组 · 已签约", "Man 67 · group 2 · enrolled").into(),
            can_phone: true,
            why_title: t(lang, words::DOC_WHY_URGENT),
            why: list([
                SharedString::from(words::fill(lang, words::WHY_BOTH_LINE, &[("a", "188/116"), ("b", "184/112")])),
                words::fill(lang, words::WHY_LIMIT_LINE, &[("a", "180"), ("b", "110")]).into(),
                t(lang, words::WHY_SAYS_NONE),
            ]),
            facts: list([
                CaseFact { label: t(lang, words::DOC_BOTH), value: "186/114".into() },
                CaseFact { label: t(lang, words::DOC_PULSE), value: "92".into() },
                CaseFact {
                    label: words::fill(lang, words::DOC_LAST, &[("date", "10/6")]).into(),
                    value: "158/96".into(),
                },
            ]),
            chart_title: t(lang, words::DOC_HALF_YEAR_BP),
            chart: CaseChart {
                first_path,
                first,
                second_path,
                second,
                limits: list([ChartLine { label: "140".into(), y: 50.0 }, ChartLine { label: "90".into(), y: 95.0 }]),
            },
            quality: words::fill(
                lang,
                words::DOC_REST_CUFF,
                &[("rest", "5:00"), ("a", "22"), ("b", "32"), ("date", at(lang, "9 月 2 日", "2/9"))],
            )
            .into(),
            actions: list([
                action(Decision::Refer, Icon::Hospital, words::ACT_REFER_URGENT, Tone::Urgent),
                action(Decision::Register, Icon::Document, words::ACT_REGISTER, Tone::Primary),
                action(Decision::FollowUp, Icon::Calendar, words::ACT_FOLLOW, Tone::Plain),
                action(Decision::Retest, Icon::Cuff, words::ACT_RETEST, Tone::Plain),
                action(Decision::Dismiss, Icon::Cross, words::ACT_DISMISS, Tone::Plain),
            ]),
            done: "".into(),
        },
    });
    show(ui, ScreenId::Queue);
}

fn queue_empty(ui: &HutWindow, lang: Lang) {
    queue(ui, lang);
    let screen = QueueScreen::get(ui);
    let mut view = screen.get_view();
    view.rows = list([]);
    view.has_case = false;
    screen.set_view(view);
}

fn sheet(ui: &HutWindow, lang: Lang) -> DecideView {
    queue(ui, lang);
    DecideView {
        person: at(lang, "赵玉芳 · 女 55 岁 · 一组 · 证件尾号 2048", "赵玉芳 · woman 55 · group 1 · ID ending 2048")
            .into(),
        signature: at(
            lang,
            "李建国 · 11 月 22 日 09:41\n规则版本 2026.10 · 当天可撤销",
            "李建国 · 22/11 09:41\nRules 2026.10 · undo today",
        )
        .into(),
        ready: true,
        confirm_tone: Tone::Primary,
        confirm_icon: Icon::Document,
        ..Default::default()
    }
}

fn row(lang: Lang, label: words::Key, options: &[(words::Key, bool)], note: &str, dates: &[&str]) -> ChoiceRow {
    let options: Vec<ChoiceView> = options.iter().map(|(key, on)| choice(words::text(lang, *key), *on)).collect();
    ChoiceRow { label: t(lang, label), options: list(options), note: note.into(), dates: lines(dates) }
}

fn decide_register(ui: &HutWindow, lang: Lang) {
    let view = sheet(ui, lang);
    let criterion = |state, title, value: &str, unit: &str, range: &str, remark| CriterionView {
        state,
        title: t(lang, title),
        value: value.into(),
        unit: unit.into(),
        range: range.into(),
        remark: t(lang, remark),
    };
    DecideScreen::get(ui).set_view(DecideView {
        kind: Decision::Register,
        icon: Icon::Document,
        title: t(lang, words::DECIDE_REGISTER),
        banner: spans(at(
            lang,
            "**今天 08:52 已自动登记，待医生确认。**改正或关闭都留下记录，登记不会删除。",
            "**Registered by rule today 08:52, to be confirmed.** Corrections are kept; nothing is deleted.",
        )),
        criteria_title: t(lang, words::DECIDE_CRITERIA),
        criteria_more: t(lang, words::DECIDE_CRITERIA_MORE),
        criteria: list([
            criterion(
                TickState::On,
                words::DECIDE_C_WAIST,
                "88",
                words::text(lang, words::UNIT_CM),
                at(lang, "女 ≥ 85，男 ≥ 90", "W ≥ 85, M ≥ 90"),
                words::DECIDE_BY_RULE,
            ),
            criterion(
                TickState::Blocked,
                words::DECIDE_C_BP,
                "145/91",
                words::text(lang, words::DECIDE_FIRST_TIME),
                at(lang, "130–139 或 85–89", "130–139 or 85–89"),
                words::DECIDE_BEYOND,
            ),
            criterion(
                TickState::Off,
                words::DECIDE_C_GLUCOSE,
                "5.4",
                "mmol/L",
                at(lang, "≥ 6.1 且 < 7.0", "≥ 6.1 and < 7.0"),
                words::DECIDE_NOT_MET,
            ),
            criterion(
                TickState::Off,
                words::DECIDE_C_SMOKING,
                words::text(lang, words::DECIDE_SMOKES_NOT),
                "",
                words::text(lang, words::DECIDE_SMOKES),
                words::DECIDE_NOT_MET,
            ),
            criterion(
                TickState::Off,
                words::DECIDE_C_CHOLESTEROL,
                words::text(lang, words::DECIDE_NOT_TODAY),
                "",
                at(lang, "≥ 5.2 且 < 6.2", "≥ 5.2 and < 6.2"),
                words::DECIDE_LAB_LATER,
            ),
        ]),
        can_add: true,
        rows: list([
            row(
                lang,
                words::DECIDE_MANAGE,
                &[(words::DECIDE_MANAGE_YES, true), (words::DECIDE_MANAGE_NO, false)],
                "",
                &[],
            ),
            row(
                lang,
                words::DECIDE_NEXT_FOLLOW,
                &[
                    (words::DECIDE_WEEK_1, false),
                    (words::DECIDE_WEEK_2, true),
                    (words::DECIDE_MONTH_1, false),
                    (words::DECIDE_MONTH_3, false),
                ],
                at(lang, "12 月 6 日", "6/12"),
                &[],
            ),
            row(
                lang,
                words::DECIDE_RETEST_BP,
                &[],
                words::text(lang, words::DECIDE_TOLD_ALREADY),
                &[at(lang, "11 月 24 日", "24/11"), at(lang, "11 月 27 日", "27/11")],
            ),
        ]),
        second: t(lang, words::DECIDE_NOT_FITTING),
        second_icon: Icon::Cross,
        confirm: t(lang, words::DECIDE_CONFIRM_REGISTER),
        ..view
    });
    show(ui, ScreenId::Decide);
}

fn decide_refer(ui: &HutWindow, lang: Lang) {
    let view = sheet(ui, lang);
    let place = |title: &str, more: &str, chosen| PlaceView { title: title.into(), more: more.into(), chosen };
    let tick = |line: &str, label: &str| TickView { line: spans(line), label: label.into(), on: true };
    let slip = |text: &str, big, strong, centred| SlipLine { text: text.into(), big, strong, centred, rule: false };
    let rule = SlipLine { rule: true, ..Default::default() };
    DecideScreen::get(ui).set_view(DecideView {
        kind: Decision::Refer,
        icon: Icon::Hospital,
        title: t(lang, words::DECIDE_REFER_URGENT),
        person: at(lang, "马占山 · 男 67 岁 · 二组 · 证件尾号 0317", "马占山 · man 67 · group 2 · ID ending 0317")
            .into(),
        urgency: list([
            choice(words::text(lang, words::DECIDE_NOW), true),
            choice(words::text(lang, words::DECIDE_NORMAL), false),
        ]),
        places_title: t(lang, words::DECIDE_WHERE),
        places: list([
            place("县人民医院 急诊科", at(lang, "21 公里 · 24 小时急诊", "21 km · emergency day and night"), true),
            place("县中医医院", "", false),
            place(words::text(lang, words::DECIDE_OTHER_PLACE), "", false),
        ]),
        ticks_title: t(lang, words::DECIDE_REASONS),
        ticks_more: t(lang, words::DECIDE_REASONS_MORE),
        ticks: list([
            tick(
                at(lang, "两次平均 **186/114**，界线 ≥180 或 ≥110", "Mean of two **186/114**, limit ≥180 or ≥110"),
                "186/114",
            ),
            tick(at(lang, "上次 10 月 6 日 158/96，这次明显升高", "Last 6/10 158/96, clearly higher now"), "158/96"),
        ]),
        rows: list([row(
            lang,
            words::DECIDE_HOW,
            &[(words::DECIDE_WITH_FAMILY, true), (words::DECIDE_WITH_DOCTOR, false), (words::DECIDE_CALL_120, false)],
            "",
            &[],
        )]),
        info: spans(at(
            lang,
            "**12 月 6 日**前问到结果（14 天），到期提醒",
            "Ask for the outcome by **6/12** (14 days)",
        )),
        slip: list([
            slip(at(lang, "转诊单  紧急", "Referral  URGENT"), true, true, true),
            slip("三工镇卫生院  单号 0047", false, false, true),
            slip("11 月 22 日 09:43", false, false, true),
            rule.clone(),
            slip("马占山  男  67 岁", true, true, false),
            slip("证件尾号 0317", false, false, false),
            rule.clone(),
            slip("去    县人民医院 急诊科", false, true, false),
            slip("原因  血压达紧急界线", false, false, false),
            slip("■ 186/114 mmHg", true, true, false),
            slip("188/116、184/112  脉搏 92", false, false, false),
            slip("静坐 5:00  袖带 22–32 厘米", false, false, false),
            slip("自述：无头痛、胸痛、无力", false, false, false),
            rule,
            slip("医生：李建国", false, false, false),
            slip("请在 12 月 6 日前回填结果", false, false, false),
            slip("本单供接诊参考", false, false, true),
        ]),
        slip_state: t(lang, words::DECIDE_PAPER),
        slip_level: Level::Ok,
        slip_copies: t(lang, words::DECIDE_COPIES),
        second: t(lang, words::DECIDE_ONLY_REFER),
        confirm: t(lang, words::DECIDE_CONFIRM_PRINT),
        confirm_icon: Icon::Printer,
        confirm_tone: Tone::Urgent,
        ..view
    });
    show(ui, ScreenId::Decide);
}

fn decide_follow(ui: &HutWindow, lang: Lang) {
    let view = sheet(ui, lang);
    DecideScreen::get(ui).set_view(DecideView {
        kind: Decision::FollowUp,
        icon: Icon::Calendar,
        title: t(lang, words::DECIDE_FOLLOW),
        rows: list([
            row(
                lang,
                words::DECIDE_FOLLOW_WHEN,
                &[
                    (words::DECIDE_WEEK_1, false),
                    (words::DECIDE_WEEK_2, true),
                    (words::DECIDE_MONTH_1, false),
                    (words::DECIDE_MONTH_3, false),
                ],
                at(lang, "12 月 6 日", "6/12"),
                &[],
            ),
            row(
                lang,
                words::DECIDE_FOLLOW_HOW,
                &[(words::DECIDE_BY_PHONE, true), (words::DECIDE_AT_HOME, false), (words::DECIDE_AT_HUT, false)],
                "",
                &[],
            ),
        ]),
        confirm: t(lang, words::DECIDE_CONFIRM_FOLLOW),
        confirm_icon: Icon::Calendar,
        ..view
    });
    show(ui, ScreenId::Decide);
}

fn decide_dismiss(ui: &HutWindow, lang: Lang) {
    let view = sheet(ui, lang);
    let keys = [
        (words::DECIDE_D_ERROR, true),
        (words::DECIDE_D_PERSON, false),
        (words::DECIDE_D_MANAGED, false),
        (words::DECIDE_D_OTHER, false),
    ];
    DecideScreen::get(ui).set_view(DecideView {
        kind: Decision::Dismiss,
        icon: Icon::Cross,
        title: t(lang, words::DECIDE_DISMISS),
        banner: spans(words::text(lang, words::DECIDE_D_NOTE)),
        ticks_title: t(lang, words::DECIDE_DISMISS_WHY),
        ticks: list(keys.map(|(key, on)| TickView { line: spans(words::text(lang, key)), label: t(lang, key), on })),
        confirm: t(lang, words::DECIDE_CONFIRM_DISMISS),
        confirm_icon: Icon::Check,
        ..view
    });
    show(ui, ScreenId::Decide);
}

fn fault(ui: &HutWindow, lang: Lang) {
    FaultScreen::get(ui).set_view(FaultView {
        level: Level::Info,
        title: t(lang, words::FAULT_TITLE),
        text: t(lang, words::FAULT_TEXT),
        phone: "0994-000 0000".into(),
        code: words::fill(lang, words::FAULT_CODE, &[("code", "ST-02")]).into(),
        action: t(lang, words::COMMON_RETRY),
    });
    show(ui, ScreenId::Fault);
}

fn still(ui: &HutWindow, lang: Lang) {
    result(ui, lang);
    App::get(ui).set_overlay(OverlayView {
        kind: OverlayKind::StillThere,
        title: t(lang, words::COMMON_STILL),
        text: t(lang, words::COMMON_STILL_TEXT),
        seconds: "18".into(),
        left: 0.9,
        ..Default::default()
    });
}

fn other_card(ui: &HutWindow, lang: Lang) {
    measuring(ui, lang);
    App::get(ui).set_overlay(OverlayView {
        kind: OverlayKind::OtherCard,
        title: t(lang, words::OTHER_TITLE),
        text: words::fill(lang, words::OTHER_TEXT, &[("name", "王*英")]).into(),
        ..Default::default()
    });
}

fn call(ui: &HutWindow, lang: Lang) {
    identify(ui, lang);
    App::get(ui).set_overlay(OverlayView {
        kind: OverlayKind::CallingStaff,
        title: t(lang, words::CALL_TITLE),
        text: t(lang, words::CALL_TEXT),
        phone_label: t(lang, words::CALL_PHONE),
        phone: "0994-000 0000".into(),
        ..Default::default()
    });
}

fn qr(ui: &HutWindow, lang: Lang) {
    result(ui, lang);
    let side = 33;
    let mut pixels = slint::SharedPixelBuffer::<slint::Rgb8Pixel>::new(side, side);
    for (i, pixel) in pixels.make_mut_slice().iter_mut().enumerate() {
        let dark = (i * 7919 + i / 33 * 31) % 5 < 2;
        let shade = if dark { 16 } else { 255 };
        *pixel = slint::Rgb8Pixel { r: shade, g: shade, b: shade };
    }
    App::get(ui).set_overlay(OverlayView {
        kind: OverlayKind::Qr,
        title: t(lang, words::RES_QR_TITLE),
        text: t(lang, words::RES_QR_TEXT),
        seconds: "52".into(),
        picture: slint::Image::from_rgb8(pixels),
        ..Default::default()
    });
}

fn hint(ui: &HutWindow, lang: Lang) {
    identify(ui, lang);
    App::get(ui).set_hint(t(lang, words::DEMO_STRIP));
}
