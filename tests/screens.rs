//! Every screen as golden text and as a picture, and the touches of the main journey.
//!
//! `HUT_WRITE_GOLDEN=1 cargo test --test suite screens` writes `tests/screens/*.txt` anew; read the difference in review.

use std::cell::RefCell;
use std::fmt::Write;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use health_hut::commands::screens::samples::{self, GULINA, LIU, LONG, MA, Sample, Shown, WANG, ZHAO};
use health_hut::commands::screens::show;
use health_hut::kiosk::letters;
use health_hut::kiosk::pictures::{How, Lang, Pictures, Size, TouchPanel};
use health_hut::kiosk::voice::{self, Prompt, Speak, Speaking};
use health_hut::kiosk::{inspect, views};
use health_hut::model::device::{DeviceEvent, Role};
use health_hut::model::resident::{Answer, Answers, ConsentSwitch, Question};
use health_hut::session::doctor::{DeskTap, SheetKind};
use health_hut::session::{
    Effect, Event, Item, Notice, Order, Overlay, PressureStep, Saying, Screen, State, Symptom, Tap, Tone, World, update,
};
use hut_ui::{ScreenId, words};
use slint::Model;

#[test]
fn every_screen_says_what_it_said() {
    for lang in Lang::ALL {
        let mut told = String::new();
        for sample in samples::told_in(lang).unwrap() {
            writeln!(told, "== {}.{}", sample.name, sample.variant).unwrap();
            for line in said(&sample, lang).iter().filter(|line| !line.is_empty()) {
                writeln!(told, "{}", line.replace('\n', " / ")).unwrap();
            }
        }
        golden(&format!("{}.txt", lang.tag()), &told);
    }
}

#[test]
fn resident_screens_show_nobodys_name_or_number() {
    let people = [ZHAO, MA, WANG, GULINA, LIU, LONG];
    for sample in samples::all().unwrap().iter().filter(|sample| sample.is_residents()) {
        for lang in Lang::ALL {
            let told = said(sample, lang).join("\n");
            for person in people {
                assert!(!told.contains(person.name), "{}.{}: {}", sample.name, sample.variant, person.name);
                assert!(!told.contains(&person.number[..14]), "{}.{}", sample.name, sample.variant);
            }
            for phone in ["13000005678", "13900001234"] {
                assert!(!told.contains(phone), "{}.{}", sample.name, sample.variant);
            }
        }
    }
    assert!(said(&sample("R06-choose", "normal"), Lang::ZhCn).join("\n").contains("王*英"));
    assert!(!said(&sample("R22-urgent", "hidden"), Lang::ZhCn).join("\n").contains("马*山"));
}

#[test]
fn staff_screens_show_full_names_and_the_last_four() {
    let queue = said(&sample("D02-queue", "normal"), Lang::ZhCn).join("\n");
    for person in [ZHAO, MA, GULINA, LIU] {
        assert!(queue.contains(person.name), "{}", person.name);
    }
    let sheet = said(&sample("D03-decide", "register"), Lang::ZhCn).join("\n");
    assert!(sheet.contains("赵玉芳") && sheet.contains("2048") && !sheet.contains(ZHAO.number));
}

#[test]
fn no_screen_says_that_a_bell_rings_which_does_not() {
    for (name, variant) in [("R22-urgent", "normal"), ("R02-identify", "calling")] {
        let mut sample = sample(name, variant);
        let rings = said(&sample, Lang::ZhCn).join("\n");
        let Shown::State(state) = &mut sample.shown else { panic!("{name} is a state") };
        let moment = state.now;
        let (mute, _) = update(&sample.world, (**state).clone(), moment, Event::Played(false));
        **state = mute;
        let silent = said(&sample, Lang::ZhCn).join("\n");
        assert!(rings.contains("响铃") || rings.contains("铃声在响"), "{rings}");
        assert!(silent.contains("铃没有响，请大声叫人") && !silent.contains("正在响铃"), "{silent}");
    }
}

#[test]
fn who_feels_unwell_before_a_visit_is_asked_and_told_what_to_do() {
    let sample = sample("R02-identify", "calling");
    let Shown::State(state) = &sample.shown else { panic!("a state") };
    let (state, effects) = update(&sample.world, (**state).clone(), state.now, Event::Tap(Tap::Unwell));
    assert!(effects.contains(&Effect::Tone(Tone::Urgent)));
    let Screen::Urgent(page) = &state.screen else { panic!("{}", state.screen.id()) };
    let view = views::urgent::view(&sample.world, &state, page, Lang::ZhCn);
    assert_eq!((view.symptoms.row_count(), view.can_close), (5, true));

    let told = self::sample("R22-urgent", "nobody");
    let Shown::State(state) = &told.shown else { panic!("a state") };
    let Screen::Urgent(page) = &state.screen else { panic!("{}", state.screen.id()) };
    let view = views::urgent::view(&told.world, state, page, Lang::ZhCn);
    assert_eq!(view.steps.row_data(0).unwrap(), "现在就打 120");
    assert_eq!(view.note, "", "nothing is noted of somebody unknown");
}

/// What staff typed stands on R20, what lies outside first; what finds no room is counted.
#[test]
fn typed_results_stand_on_the_result() {
    let lines = said(&sample("R20-result", "typed"), Lang::ZhCn);
    let has = |line: &str| lines.iter().any(|said| said == line);
    assert!(has("总胆固醇") && has("6.4") && has("偏高") && has("低密度胆固醇") && has("请医生看一看"), "{lines:?}");

    let sample = sample("R20-result", "all");
    let Shown::State(state) = &sample.shown else { panic!("a state") };
    let Screen::Result(page) = &state.screen else { panic!("{}", state.screen.id()) };
    let view = views::result::view(&sample.world, state, page, Lang::ZhCn);
    let titles: Vec<_> = view.items.iter().map(|item| item.title.to_string()).collect();
    assert_eq!(
        titles,
        [
            "腰围",
            "体重指数",
            "空腹血糖",
            "血氧",
            "体温",
            "总胆固醇",
            "甘油三酯",
            "低密度胆固醇",
            "高密度胆固醇",
            "肺功能（一秒率）",
            "便隐血"
        ]
    );
    assert_eq!(view.more.row_data(3).unwrap(), "另有 3 项，见小票或手机");
}

/// Coffee just before makes a reading doubtful; a raised one asks for the doctor all the same.
#[test]
fn a_doubtful_reading_is_told_as_such_and_takes_no_doctor_away() {
    let lines = said(&sample("R20-result", "unsettled"), Lang::ZhCn).join("");
    assert!(lines.contains("这次只能参考") && lines.contains("今天先看医生"), "{lines}");
    let lines = said(&sample("R20-result", "fault"), Lang::ZhCn).join("");
    assert!(lines.contains("这次只能参考") && lines.contains("换个时间再量"), "{lines}");
}

/// What is told of a guest rests on the age band, and says so.
#[test]
fn a_guest_is_told_that_an_age_band_judged() {
    assert!(said(&sample("R20-result", "empty"), Lang::ZhCn).join("").contains("按年龄段给出"));
    assert!(!said(&sample("R20-result", "normal"), Lang::ZhCn).join("").contains("按年龄段"));
}

/// A child agrees to nothing: what may be kept of it a parent says, and staff record.
#[test]
fn a_child_cannot_agree() {
    let sample = sample("R05-consent", "child");
    let lines = said(&sample, Lang::ZhCn).join("");
    assert!(lines.contains("未满 14 岁要家长同意") && lines.contains("先测量"), "{lines}");
    let Shown::State(state) = &sample.shown else { panic!("a state") };
    let taps = [Tap::Switch(ConsentSwitch::Keep), Tap::Agree];
    let after = taps.into_iter().fold((**state).clone(), |state, tap| {
        let now = state.now;
        update(&sample.world, state, now, Event::Tap(tap)).0
    });
    let Screen::Consent(form) = &after.screen else { panic!("{}", after.screen.id()) };
    assert!(!form.consent.keep && !form.saving);
    assert_eq!(voice::prompts(&sample.world, &after), &[]);
}

/// Somebody with diabetes has other targets, which only the doctor states: no blood fat is called normal.
#[test]
fn a_blood_fat_is_not_called_normal_where_other_targets_hold() {
    let word = |answer: Answer| {
        let mut sample = sample("R20-result", "all");
        let Shown::State(state) = &mut sample.shown else { panic!("a state") };
        state.visit.as_mut().unwrap().answers.0.extend([(Question::Diabetes, answer)]);
        let Screen::Result(page) = &state.screen else { panic!("{}", state.screen.id()) };
        let view = views::result::view(&sample.world, state, page, Lang::ZhCn);
        view.items.iter().find(|item| item.title == "总胆固醇").unwrap().word.to_string()
    };
    assert_eq!([word(Answer::No), word(Answer::Yes)], ["正常", ""]);
}

/// What the clip and the thermometer had said stands there still when staff have typed.
#[test]
fn typing_forgets_nothing_that_was_measured() {
    let all = sample("R20-result", "all");
    let Shown::State(state) = &all.shown else { panic!("a state") };
    let visit = state.visit.as_ref().unwrap();
    assert_eq!((visit.spo2().unwrap().to_string().as_str(), visit.taken.len()), ("97", 14));
}

/// What has not answered yet is not in repair: only a device that is known to be gone is told of.
#[test]
fn a_start_tells_of_no_repair() {
    let mut sample = sample("R01-idle", "fault");
    assert!(said(&sample, Lang::ZhCn).iter().any(|line| line.contains("维护")));
    let Shown::State(state) = &mut sample.shown else { panic!("a state") };
    state.devices.clear();
    let lines = said(&sample, Lang::ZhCn);
    assert!(!lines.iter().any(|line| line.contains("维护") || line.contains("在修")), "{lines:?}");
}

/// The doctor signs what the sheet says: what nobody asked is not told as a "no".
#[test]
fn the_register_sheet_says_what_was_not_asked() {
    let says = |smoking: Option<Answer>| {
        let mut sample = sample("D03-decide", "register");
        let Shown::State(state) = &mut sample.shown else { panic!("a state") };
        let answers = Answers(smoking.map(|answer| (Question::Smoking, answer)).into_iter().collect());
        state.desk.cases.iter_mut().for_each(|case| case.answers = answers.clone());
        let sheet = said(&sample, Lang::ZhCn);
        let about = sheet.iter().position(|line| line.contains("现在吸烟")).unwrap();
        sheet[about..].iter().take(4).cloned().collect::<String>()
    };
    assert!(says(None).contains("没有问过") && says(None).contains("可补问本人"), "{}", says(None));
    assert!(!says(None).contains("不吸"), "{}", says(None));
    assert!(says(Some(Answer::NotSure)).contains("没有答"), "{}", says(Some(Answer::NotSure)));
    assert!(says(Some(Answer::Never)).contains("不吸"), "{}", says(Some(Answer::Never)));
}

/// What is to be known of a pregnancy is told at the desk, and nowhere to the resident.
#[test]
fn the_desk_is_told_what_a_pregnancy_asks_for() {
    let why = |answer: Answer| {
        let mut sample = sample("D02-queue", "normal");
        let Shown::State(state) = &mut sample.shown else { panic!("a state") };
        state.desk.cases.iter_mut().for_each(|case| case.answers.0.extend([(Question::Pregnant, answer)]));
        said(&sample, Lang::ZhCn).join("\n")
    };
    assert!(why(Answer::Yes).contains("产科"), "{}", why(Answer::Yes));
    assert!(why(Answer::Yes).contains("依据") && !why(Answer::No).contains("产科"), "{}", why(Answer::No));
}

/// What no font has is a sign, not a hole that looks like the end of the name.
#[test]
fn a_letter_that_no_font_has_is_shown_as_such() {
    let _pictures = Pictures::new().unwrap();
    let name = "王\u{F0000}\u{F0001}";
    assert_eq!(letters::legible(name), "王〓〓");
    letters::prepare(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fonts/names.otf")]).unwrap();
    assert_eq!(letters::legible(name), "王\u{F0000}〓");
    letters::prepare(&["no-such-font.otf".into()]).unwrap();
    assert_eq!(letters::legible("王小明·艾山"), "王小明·艾山");
}

#[test]
fn every_screen_draws_something_in_every_language() {
    let pictures = Pictures::new().unwrap();
    let size = Size::panel(1280, 800);
    for sample in samples::all().unwrap() {
        let Shown::State(state) = &sample.shown else { continue };
        for lang in Lang::ALL {
            pictures.show(&sample.world, state, How { size, lang, text_scale: 1.0 }).unwrap();
            let pixels = pictures.page(0);
            let mut colours: Vec<&[u8]> = pixels.chunks(3).step_by(97).collect();
            colours.sort_unstable();
            colours.dedup();
            assert!(
                colours.len() > 12,
                "{}.{} in {}: {} colours",
                sample.name,
                sample.variant,
                lang.tag(),
                colours.len()
            );
        }
    }
}

#[test]
fn touches_of_the_main_journey_come_out_as_taps() {
    let (panel, taps) = panel_of(&sample("R01-idle", "normal"), Size::panel(1280, 800));
    let shows = |name: &str, variant: &str| {
        taps.borrow_mut().clear();
        let Shown::State(state) = sample(name, variant).shown else { panic!("{name} is a state") };
        panel.show(&state);
        // A touch on a page that has only just come is no answer to it.
        std::thread::sleep(Duration::from_millis(450));
    };
    let touches = |name: &str, variant: &str, what: &str| {
        shows(name, variant);
        assert_eq!(panel.touch_named(what), Ok(()), "{name}.{variant} has no {what}");
        taps.borrow().clone()
    };
    assert_eq!(touches("R01-idle", "normal", "点一下屏幕开始"), [Tap::Screen]);
    assert_eq!(touches("R02-identify", "normal", "输入身份证号"), [Tap::TypeNumber]);
    assert_eq!(touches("R02-identify", "normal", "不登录，先测量"), [Tap::Guest]);
    assert_eq!(touches("R06-choose", "normal", "量血压"), [Tap::Item(Item::Pressure)]);
    assert_eq!(touches("R06-choose", "normal", "全套检测"), [Tap::Item(Item::All)]);
    assert_eq!(touches("R09-posture", "normal", "坐好了"), [Tap::Next]);
    assert_eq!(touches("R10-rest", "normal", "我已经静坐过 5 分钟"), [Tap::Rested]);
    assert_eq!(touches("R11-measuring", "normal", "停止测量"), [Tap::Stop]);
    assert_eq!(touches("R13-body", "normal", "对，就是这个"), [Tap::Yes]);
    assert_eq!(touches("R14-waist", "normal", "下一步"), [Tap::Next]);
    assert_eq!(touches("R15-meal", "normal", "下一步"), [Tap::Next]);
    assert_eq!(touches("R20-result", "normal", "完成退出"), [Tap::Finish]);
    assert_eq!(touches("R22-urgent", "normal", "胸口痛、胸闷"), [Tap::Symptom(Symptom::Chest)]);
    assert_eq!(touches("R22-urgent", "normal", "再叫一次人"), [Tap::CallAgain]);
    assert_eq!(touches("D02-queue", "normal", "确认并紧急转诊"), [Tap::Desk(DeskTap::Open(SheetKind::Refer))]);
    assert_eq!(touches("D03-decide", "register", "确认登记"), [Tap::Desk(DeskTap::Confirm)]);
    // A touch beside everything only says that somebody is there.
    shows("R06-choose", "normal");
    panel.touch(900.0, 745.0);
    assert_eq!(*taps.borrow(), [Tap::Here]);
}

/// 同意并继续 comes to stand where 下一页 stood.
#[test]
fn the_finger_that_turned_the_page_does_not_agree() {
    let (panel, taps) = opened("R05-consent", "normal", Size::panel(800, 480));
    std::thread::sleep(Duration::from_millis(450));
    let turned = (0..).take_while(|_| panel.touch_named("下一页").is_ok()).count();
    assert!(turned > 0);
    assert_eq!(panel.touch_named("同意并继续"), Ok(()));
    assert!(!taps.borrow().contains(&Tap::Agree), "{:?}", taps.borrow());
    panel.pass(Duration::from_secs(1));
    assert_eq!(panel.touch_named("同意并继续"), Ok(()));
    assert!(taps.borrow().contains(&Tap::Agree), "{:?}", taps.borrow());
}

/// Nobody is caught on a page, and nobody is alone on it. What opens by itself closes by itself: R01 and R02 wait for
/// whoever comes, and staff close the red page.
#[test]
fn every_page_has_a_way_back_and_calls_staff() {
    let back = ["返回", "返回结果", "停止测量", "已经松开", "不等了", "完成退出", "回首页"];
    let over = ["退出", "不是", "结束，换人", "不用了，取消"];
    for sample in samples::all().unwrap().iter().filter(|sample| sample.is_residents()) {
        for size in [Size::panel(1280, 800), Size::panel(800, 480), Size::panel(412, 915)] {
            let names = first_targets(sample, size);
            let has = |words: &[&str]| words.iter().any(|word| names.iter().any(|name| name == word));
            let page = format!("{}.{} on {}x{}: {names:?}", sample.name, sample.variant, size.width, size.height);
            match sample.name {
                _ if has(&over) => {}
                "R01-idle" | "R22-urgent" => {}
                "R02-identify" => assert!(has(&["找工作人员"]), "{page}"),
                "R19b-entry" => assert!(has(&["返回"]), "{page}"), // staff sit there
                _ => assert!(has(&back) && has(&["找工作人员"]), "{page}"),
            }
        }
    }
}

fn first_targets(sample: &Sample, size: Size) -> Vec<String> {
    PICTURES.with(|pictures| {
        show(pictures, sample, How { size, ..plainly(Lang::ZhCn) }).unwrap();
        inspect::targets(pictures.window()).into_iter().map(|target| target.name).collect()
    })
}

/// In 全套 the path of blood pressure ends in the next item. Its result stands side by side with what to do; what has no
/// room there has a page of its own.
#[test]
fn the_guided_tour_says_what_comes_and_shows_all_of_it() {
    let path = |variant| said(&sample("R12-between", variant), Lang::ZhCn).join(" ");
    assert!(path("tour").contains("下一项") && !path("tour").contains("看结果"));
    assert!(path("normal").contains("看结果"));
    let result = sample("R20-result", "tour");
    for size in [Size::panel(1280, 800), Size::panel(1366, 768), Size::panel(1920, 1080)] {
        let pages = PICTURES.with(|pictures| {
            let count = show(pictures, &result, How { size, ..plainly(Lang::ZhCn) }).unwrap();
            let on = |page| {
                pictures.page(page);
                inspect::texts(pictures.window()).join(" ")
            };
            (0..count).map(on).collect::<Vec<_>>()
        });
        let [first, second] = &pages[..] else { panic!("{pages:?}") };
        let has = |page: &str, words: &[&str]| words.iter().all(|word| page.contains(word));
        assert!(has(first, &["145", "一次偏高", "给您的建议", "其他项目"]), "{first}");
        assert!(has(second, &["88", "25.8", "5.4", "97", "36.6"]) && !has(second, &["给您的建议"]), "{second}");
    }
}

/// The picture of a slip that is longer than its place goes on below it.
#[test]
fn a_long_slip_is_pulled_up() {
    let (panel, taps) = opened("R23-slip", "normal", Size::panel(1280, 800));
    let last = |panel: &TouchPanel| panel.left_on(ScreenId::Slip).iter().any(|line| line.contains("不能代替医生诊断"));
    assert!(!last(&panel));
    panel.pull_up(200.0, 500.0, 200.0);
    assert!(last(&panel));
    assert!(taps.borrow().is_empty());
}

/// What was left out on a page that is not in sight: the way on says what, and leads there.
#[test]
fn what_is_left_out_is_named_and_led_to() {
    for (id, variant, size, large, word) in
        [("R05-consent", "empty", (412, 915), 1, "去打开"), ("R03c-guest", "empty", (800, 480), 0, "先选男女")]
    {
        let left_out = sample(id, variant);
        let (panel, taps) = panel_of(&left_out, Size::panel(size.0, size.1));
        let Shown::State(state) = left_out.shown else { panic!("a state") };
        let mut state = *state;
        state.large_text = large;
        panel.show(&state);
        std::thread::sleep(Duration::from_millis(450));
        while panel.touch_named("下一页").is_ok() {}
        assert!(panel.page() > 0, "{id} has one page");
        panel.pass(Duration::from_secs(2));
        assert_eq!(panel.touch_named(word), Ok(()), "{id}");
        assert_eq!(panel.page(), 0, "{id}");
        assert!(!taps.borrow().iter().any(|tap| matches!(tap, Tap::Agree)), "{:?}", taps.borrow());
    }
}

/// A danger sign changes what to do first: the page turns back to it.
#[test]
fn the_red_page_turns_to_what_to_do() {
    let calm = sample("R22-urgent", "normal");
    let (panel, _) = panel_of(&calm, Size::panel(412, 915));
    let shows = |sample: &Sample| {
        let Shown::State(state) = &sample.shown else { panic!("a state") };
        let mut state = (**state).clone();
        (state.lang, state.large_text) = (Lang::En, 2);
        panel.show(&state);
    };
    shows(&calm);
    std::thread::sleep(Duration::from_millis(450));
    let next =
        || panel.touch_named(words::text(Lang::En, words::URGENT_UNWELL)).or_else(|_| panel.touch_named("Next page"));
    assert_eq!(next(), Ok(()));
    assert_eq!(panel.page(), 1);
    shows(&sample("R22-urgent", "emergency"));
    assert_eq!(panel.page(), 0);
}

/// A notice may come while somebody reads what to do: nothing of that moves.
#[test]
fn a_notice_moves_nothing_on_the_red_page() {
    let pictures = Pictures::new().unwrap();
    let to_do = |variant: &str| match variant {
        "low" => [words::URGENT_LOW_S1, words::URGENT_LOW_S2, words::URGENT_LOW_S3, words::URGENT_LOW_S4].to_vec(),
        _ => [words::URGENT_S1_SIT, words::URGENT_S2_RINGING, words::URGENT_S3_CALL, words::URGENT_CHEST].to_vec(),
    };
    for (variant, noted) in [("low", "low-printing"), ("normal", "no-paper")] {
        for (width, height) in [(1280, 800), (1080, 1920), (800, 480)] {
            let steps = |variant: &str| {
                let sample = sample("R22-urgent", variant);
                let Shown::State(state) = &sample.shown else { panic!("a state") };
                let how = How { size: Size::panel(width, height), lang: Lang::ZhCn, text_scale: 1.0 };
                let pages = pictures.show(&sample.world, state, how).unwrap();
                (pages, inspect::texts(pictures.window()))
            };
            let ((pages, plain), (noted_pages, with_notice)) = (steps(variant), steps(noted));
            assert_eq!(pages, noted_pages, "{noted} on {width}x{height}");
            for line in to_do(variant).into_iter().map(|key| words::text(Lang::ZhCn, key).to_owned()) {
                assert!(plain.contains(&line) && with_notice.contains(&line), "{noted} on {width}x{height}: {line}");
            }
        }
    }
}

/// What the voice says stands on the screen, with no voice at all (ux.md 11, 13 check 2).
#[test]
fn what_is_said_is_read() {
    let pictures = Pictures::new().unwrap();
    let plain = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    for sample in samples::all().unwrap() {
        let Shown::State(state) = &sample.shown else { continue };
        let prompts = voice::prompts(&sample.world, state);
        for lang in Lang::ALL.into_iter().filter(|_| !prompts.is_empty()) {
            pictures.show(&sample.world, state, How { size: Size::panel(1280, 800), lang, text_scale: 1.0 }).unwrap();
            let read = plain(&inspect::texts(pictures.window()).concat());
            for prompt in prompts {
                let mut captions = prompt.captions().iter().map(|key| plain(words::text(lang, *key)));
                assert!(
                    captions.any(|caption| read.contains(&caption)),
                    "{}.{}: {prompt:?} is said and does not stand there: {read}",
                    sample.name,
                    sample.variant
                );
            }
        }
    }
}

#[test]
fn every_prompt_belongs_to_a_state() {
    let mut said: Vec<Prompt> = Vec::new();
    for sample in samples::all().unwrap() {
        if let Shown::State(state) = &sample.shown {
            said.extend(voice::prompts(&sample.world, state));
        }
    }
    let missing: Vec<Prompt> = Prompt::ALL.into_iter().filter(|prompt| !said.contains(prompt)).collect();
    assert_eq!(missing, []);
}

/// Touching 打印给医生 cuts the warning off: when the paper is there it is said again.
#[test]
fn a_slip_for_the_doctor_is_told_of_and_the_warning_comes_back() {
    let sample = sample("R22-urgent", "normal");
    let Shown::State(state) = &sample.shown else { panic!("a state") };
    let said = |state: &State| voice::prompts(&sample.world, state).to_vec();
    let warned = said(state);
    let (state, effects) = update(&sample.world, (**state).clone(), state.now, Event::Tap(Tap::Print));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Print(_))));
    assert_eq!(said(&state), [Prompt::V24]);
    let (now, there) = (state.now, Event::Device(Role::Printer, DeviceEvent::Printed(Ok(()))));
    let (state, _) = update(&sample.world, state, now, there);
    assert_eq!(said(&state), warned);
}

#[test]
fn the_voice_repeats_and_then_falls_silent() {
    let sample = sample("R06-choose", "normal");
    let Shown::State(state) = &sample.shown else { panic!("a state") };
    let touch = |state: State, ms: u64| {
        let mut now = state.now;
        now.since_boot_ms += ms;
        update(&sample.world, state, now, Event::Tap(Tap::Voice)).0
    };
    let repeats = touch((**state).clone(), 20_000);
    assert!(repeats.voice && repeats.repeat == Some(repeats.now));
    // Later it is asked once more; while it speaks it is switched off.
    assert!(touch(repeats.clone(), 9000).voice);
    let off = touch(repeats, 2000);
    assert!(!off.voice && off.repeat.is_none());
    let on = touch(off, 1000);
    assert!(on.voice && on.repeat.is_some());
}

/// 读给我听 on R20: aloud, at the next touch in a low voice, at the next no more; and never longer than its page stands.
#[test]
fn the_result_is_read_after_a_touch_and_only_while_it_stands() {
    let heard: Rc<RefCell<Vec<Speaking>>> = Rc::default();
    let (ear, result) = (heard.clone(), sample("R20-result", "normal"));
    let speak: Speak = Box::new(move |speaking| ear.borrow_mut().push(speaking));
    let panel = TouchPanel::with_voice(result.world.clone(), Size::panel(1280, 800), |_| {}, Some(speak)).unwrap();
    let show = |state: &State| {
        panel.show(state);
        std::thread::sleep(Duration::from_millis(450));
        heard.borrow_mut().clear();
    };
    let touch = |name: &str| {
        assert_eq!(panel.touch_named(name), Ok(()));
        heard.borrow().iter().map(|said| (said.saying, said.lines.len())).collect::<Vec<_>>()
    };
    let Shown::State(state) = &result.shown else { panic!("a state") };
    let says = |saying| update(&result.world, (**state).clone(), state.now, Event::Voice(saying)).0;
    let (aloud, low, stop) = (Saying::Page { soft: false }, Saying::Page { soft: true }, (Saying::Prompts, 0));
    panel.show(&says(None));
    assert_eq!(heard.borrow().last().map(|said| said.saying), Some(Saying::Prompts), "nobody has asked for it");
    show(&says(None));
    assert!(matches!(touch("读给我听")[..], [first, (saying, lines)] if first == stop && saying == aloud && lines > 5));
    show(&says(Some(aloud)));
    assert!(matches!(touch("轻声读")[..], [first, (saying, lines)] if first == stop && saying == low && lines > 5));
    show(&says(Some(low)));
    assert_eq!(touch("不读了"), [stop]);
    for left in [("R01-idle", "normal"), ("R02-identify", "calling"), ("R06-choose", "other-card")] {
        show(&says(Some(aloud)));
        let Shown::State(mut next) = sample(left.0, left.1).shown else { panic!("a state") };
        next.saying = says(Some(aloud)).saying;
        panel.show(&next);
        assert_eq!(heard.borrow().len(), 1, "{left:?}");
        assert_eq!(heard.borrow()[0].saying, Saying::Prompts, "{left:?}");
    }
}

/// What is said holds the page that it is about (ux.md 9), but no question whether somebody is there, and not for ever.
#[test]
fn the_result_stays_while_the_voice_speaks() {
    let sample = sample("R20-result", "normal");
    let Shown::State(state) = &sample.shown else { panic!("a state") };
    let take = |state: &mut State, event: Event| {
        *state = update(&sample.world, state.clone(), state.now, event).0;
    };
    let wait = |state: &mut State, seconds: u64| {
        for _ in 0..seconds {
            state.now.since_boot_ms += 1000;
            take(state, Event::Tick);
        }
    };
    let leaves = |state: &State| {
        let Screen::Result(page) = &state.screen else { panic!("{}", state.screen.id()) };
        views::result::view(&sample.world, state, page, Lang::ZhCn).leaves.to_string()
    };
    let mut front = (**state).clone();
    take(&mut front, Event::Tap(Tap::ReadAloud));
    take(&mut front, Event::Voice(Some(Saying::Page { soft: false })));
    wait(&mut front, 100);
    assert_eq!((front.overlay.clone(), leaves(&front).as_str()), (None, ""));
    take(&mut front, Event::Voice(None));
    assert_eq!(leaves(&front), "110 秒后");
    wait(&mut front, 90);
    assert!(matches!(front.overlay, Some(Overlay::StillThere { .. })));
    take(&mut front, Event::Voice(Some(Saying::Prompts)));
    wait(&mut front, 20);
    assert_eq!(front.screen.id(), "R01");

    let mut hangs = (**state).clone();
    take(&mut hangs, Event::Voice(Some(Saying::Page { soft: false })));
    wait(&mut hangs, 120 + 110);
    assert_eq!(hangs.screen.id(), "R01");
}

#[test]
fn the_consent_says_that_it_is_being_read() {
    let says = |variant: &str| said(&sample("R05-consent", variant), Lang::ZhCn).join("\n");
    assert!(says("empty").contains("读给我听") && says("read").contains("正在读…"));
    let sample = sample("R05-consent", "empty");
    let Shown::State(state) = sample.shown else { panic!("a state") };
    let now = state.now;
    let (state, _) = update(&sample.world, *state, now, Event::Voice(Some(Saying::Prompts)));
    assert!(!said_by(&sample.world, &state, Lang::ZhCn).join("\n").contains("正在读…"), "that is only its prompt");
}

#[test]
fn the_result_is_read_as_it_stands_there() {
    let sample = sample("R20-result", "normal");
    let Shown::State(state) = &sample.shown else { panic!("a state") };
    let Screen::Result(page) = &state.screen else { panic!("{}", state.screen.id()) };
    let view = views::result::view(&sample.world, state, page, Lang::ZhCn);
    let said = voice::result(&view, Lang::ZhCn, true);
    let text = said.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("。");
    assert_eq!(said.saying, Saying::Page { soft: true });
    assert!(said.lines.iter().all(|line| line.clip.is_none()));
    assert!(text.contains("高压 145, 低压 91") && text.contains("偏高"), "{text}");
    assert!(!text.contains("赵"), "{text}");
}

#[test]
fn a_monitor_stops_as_it_can() {
    let by_hand = sample("R11-measuring", "normal");
    let by_cable = sample("R11-measuring", "tunnel");
    let stopped = |sample: &Sample| {
        let Shown::State(state) = &sample.shown else { panic!("a state") };
        update(&sample.world, (**state).clone(), state.now, Event::Tap(Tap::Stop))
    };
    let end = Effect::Order(Role::BloodPressure, Order::End);
    let (state, effects) = stopped(&by_cable);
    assert_eq!((state.screen.id(), state.notice, effects.first()), ("R06", Some(Notice::Stopped), Some(&end)));
    let (state, effects) = stopped(&by_hand);
    assert_eq!((&state.screen, effects.first()), (&Screen::Pressure(PressureStep::Stopped), Some(&end)));
}

#[test]
fn the_gauge_moves_at_most_ten_times_a_second() {
    let sample = sample("R11-measuring", "normal");
    let Shown::State(state) = &sample.shown else { panic!("a state") };
    let mut state = (**state).clone();
    let mut seen = Vec::new();
    for step in 1..=100u16 {
        let mut now = state.now;
        now.since_boot_ms += 20;
        let cuff = Event::Device(Role::BloodPressure, DeviceEvent::Cuff(150 - step));
        state = update(&sample.world, state, now, cuff).0;
        let Screen::Pressure(PressureStep::Measuring { cuff: Some(cuff), .. }) = state.screen else { panic!("R11") };
        seen.push(cuff);
    }
    seen.dedup();
    assert!((15..=21).contains(&seen.len()), "{} in two seconds", seen.len());
}

fn sample(name: &str, variant: &str) -> Sample {
    let mut all = samples::all().unwrap().into_iter();
    all.find(|sample| sample.name == name && sample.variant == variant).unwrap()
}

/// A panel in the sample's world, and what is touched on it.
fn panel_of(sample: &Sample, size: Size) -> (TouchPanel, Rc<RefCell<Vec<Tap>>>) {
    let taps: Rc<RefCell<Vec<Tap>>> = Rc::default();
    let sink = taps.clone();
    (TouchPanel::new(sample.world.clone(), size, move |tap| sink.borrow_mut().push(tap)).unwrap(), taps)
}

/// A panel with this sample in front, and what is touched on it.
fn opened(name: &str, variant: &str, size: Size) -> (TouchPanel, Rc<RefCell<Vec<Tap>>>) {
    let sample = sample(name, variant);
    let (panel, taps) = panel_of(&sample, size);
    let Shown::State(state) = sample.shown else { panic!("{name} is a state") };
    panel.show(&state);
    (panel, taps)
}

fn golden(file: &str, told: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens").join(file);
    if std::env::var_os("HUT_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, told).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(told.lines()).find(|(kept, told)| kept != told);
    assert!(kept == told, "{file} differs, first at {differs:?}; HUT_WRITE_GOLDEN=1 writes it anew");
}

thread_local! {
    static PICTURES: Pictures = Pictures::new().unwrap();
}

/// All texts of a sample, as they stand on its pages.
fn said(sample: &Sample, lang: Lang) -> Vec<String> {
    PICTURES.with(|pictures| {
        let pages = show(pictures, sample, plainly(lang)).unwrap();
        texts(pictures, pages)
    })
}

/// All texts of a state.
pub fn said_by(world: &World, state: &State, lang: Lang) -> Vec<String> {
    PICTURES.with(|pictures| {
        let pages = pictures.show(world, state, plainly(lang)).unwrap();
        texts(pictures, pages)
    })
}

fn plainly(lang: Lang) -> How {
    How { size: Size::panel(1280, 800), lang, text_scale: 1.0 }
}

fn texts(pictures: &Pictures, pages: i32) -> Vec<String> {
    let on = |page| {
        pictures.page(page);
        inspect::texts(pictures.window())
    };
    (0..pages).flat_map(on).collect()
}

/// 读给我听 on R05 reads the county's own text and the switches, and nothing else.
#[test]
fn the_consent_is_read_whole() {
    let world = sample("R05-consent", "normal").world;
    let own = &world.consent.as_ref().unwrap().line;
    for lang in Lang::ALL {
        let said: Vec<String> = voice::consent(&world, lang).lines.into_iter().map(|line| line.text).collect();
        let last = own.last().map(|line| lang.own(&line.zh, &line.en)).unwrap();
        assert!(said.iter().any(|line| line == last), "{said:?}");
        assert_eq!(said.len(), own.len() + 3);
    }
}

/// Each page of the path on a small panel is reached, also while the second ticks.
#[test]
fn the_pages_of_the_path_turn() {
    let first = sample("R08-cuff", "normal");
    let (panel, _) = panel_of(&first, Size::panel(800, 480));
    let Shown::State(state) = first.shown else { panic!("a state") };
    panel.show(&state);
    std::thread::sleep(Duration::from_millis(450));
    for page in 1..=2 {
        assert_eq!(panel.touch_named("下一页"), Ok(()));
        panel.show(&state);
        assert_eq!(panel.page(), page);
    }
    assert_eq!(panel.touch_named("绑好了"), Ok(()));
}
