//! The walks: one for each user of ux.md section 1.

use std::time::Duration;

use health_hut::demo::stage::{DOCTOR, FANG, GANG, GULINA, Invented, SHAN};
use health_hut::model::device::Role;
use health_hut::session::Screen;
use hut_drivers::emulate::Act;
use rust_decimal::Decimal;

use crate::finger::Finger;

/// A walk on a panel.
pub struct Walk {
    pub name: &'static str,
    /// Pixels of the panel.
    pub size: (u32, u32),
    /// The platform is there.
    pub online: bool,
    pub take: fn(&Finger),
}

pub const WALKS: &[Walk] = &[
    Walk { name: "first-visit", size: (1280, 800), online: true, take: first_visit },
    Walk { name: "errand", size: (1920, 1080), online: true, take: errand },
    Walk { name: "known-patient", size: (1280, 800), online: true, take: known_patient },
    Walk { name: "carer", size: (412, 915), online: true, take: carer },
    Walk { name: "long-name-in-english", size: (800, 480), online: true, take: long_name_in_english },
    Walk { name: "low-reach", size: (1080, 1920), online: true, take: low_reach },
    Walk { name: "small-panel", size: (800, 480), online: true, take: small_panel },
    Walk { name: "nurse", size: (1280, 800), online: true, take: nurse },
    Walk { name: "visitor", size: (1280, 800), online: true, take: visitor },
    Walk { name: "urgent", size: (1280, 800), online: false, take: urgent },
    Walk { name: "urgent-on-a-telephone", size: (412, 915), online: false, take: urgent_on_a_telephone },
];

/// A resident over 60, here for the first time: card, consent, blood pressure, the result. At most eight touches (ux.md
/// 13, check 1; the two further switches are not counted).
fn first_visit(finger: &Finger) {
    finger.sees("R01");
    says_who(finger, &FANG, "是我");
    finger.touch("保存我的健康记录");
    finger.touch("同意并继续");
    finger.touch("量血压");
    measures(finger, (118, 76), (116, 74));
    finger.sees("R20");
    assert!(finger.taps() <= 8, "{} touches", finger.taps());
    leaves(finger);
}

/// R05: with all three switches on.
fn agrees(finger: &Finger) {
    for switch in ["保存我的健康记录", "让家庭医生查看", "上传到县级卫生健康平台"] {
        finger.touch(switch);
    }
    finger.touch("同意并继续");
}

/// A working adult with ten minutes, of his own numbers for the first time: says that he rested, takes the result along
/// on the phone.
fn errand(finger: &Finger) {
    finger.sees("R01");
    finger.touch("点一下屏幕开始");
    says_who(finger, &GANG, "是我");
    agrees(finger);
    finger.touch("量血压");
    finger.touch("都没有，继续");
    finger.touch("绑好了");
    finger.touch("坐好了");
    finger.sees("R10");
    finger.live.pass(3);
    finger.touch("我已经静坐过 5 分钟");
    finger.live.measured(138, 86);
    second_reading(finger, 136, 84);
    finger.touch("都没有");
    finger.sees("R20");
    finger.live.pass(2);
    finger.touch("手机带走");
    finger.sees("R23");
    finger.touch("返回结果");
    leaves(finger);
    finger.live.arrives(&[[136, 84], [138, 86]]);
}

/// A patient who comes every week: recognised, straight to the usual, then how it changed, behind the phone's last four.
fn known_patient(finger: &Finger) {
    finger.sees("R01");
    says_who(finger, &FANG, "是我");
    finger.touch("保存我的健康记录");
    finger.touch("留个手机号，下次忘带身份证也能用");
    finger.sees("R03a");
    finger.types("13900005678");
    finger.touch("下一步");
    finger.touch("同意并继续");
    finger.touch("量血压");
    measures(finger, (146, 92), (144, 90));
    leaves_the_room(finger);
    // A week later.
    finger.live.pass(7 * 86_400);
    let taps = finger.taps();
    says_who(finger, &FANG, "是我");
    finger.touch("量血压");
    sits_down(finger);
    finger.live.measured(132, 84);
    second_reading(finger, 130, 82);
    finger.sees("R20");
    assert!(finger.taps() - taps <= 5, "{} touches to the usual", finger.taps() - taps);
    finger.live.pass(2);
    finger.touch("看变化");
    finger.types("5678");
    finger.sees("R21");
    finger.touch("返回结果");
    leaves(finger);
}

/// A grandchild helps on a telephone: nobody signs in, a waist is typed with the keypad.
fn carer(finger: &Finger) {
    finger.sees("R01");
    finger.touch("点一下屏幕开始");
    finger.touch("不登录，先测量");
    finger.touch("女");
    finger.touch("70–79 岁");
    finger.touch("开始");
    finger.touch("腰围");
    finger.sees("R14");
    finger.types("92");
    finger.touch("下一步");
    finger.touch("都没有");
    leaves(finger);
}

/// English, large letters, a long name, a small panel; weight and height.
fn long_name_in_english(finger: &Finger) {
    finger.sees("R01");
    finger.touch("点一下屏幕开始");
    finger.touch("EN");
    finger.touch("Large text");
    says_who(finger, &GULINA, "Yes");
    finger.touch("Next");
    finger.touch("Keep my record");
    finger.touch("Next");
    finger.touch("Agree");
    finger.touch("More items");
    finger.touch("Height and weight");
    finger.sees("R13");
    finger
        .live
        .stage
        .act(Role::HeightWeight, Act::HeightWeight { height: Decimal::from(160), weight: Decimal::new(665, 1) });
    finger.touch("Yes, that is it");
    finger.touch("None of these");
    finger
        .live
        .until("the next question", |state| matches!(&state.screen, Screen::Question(step) if step.progress().0 == 2));
    finger.touch("Neither");
    leaves_by(finger, "Finish");
}

/// From a wheelchair at an upright panel: every target within reach, the number typed, nothing kept, a sugar after a meal.
fn low_reach(finger: &Finger) {
    finger.sees("R01");
    finger.touch("点一下屏幕开始");
    finger.touch("输入身份证号");
    finger.sees("R03b");
    finger.types(&GANG.number());
    finger.touch("下一步");
    finger.touch("是我");
    finger.touch("先不同意，只测量");
    finger.touch("血糖");
    finger.touch("饭后 2 小时");
    finger.touch("下一步");
    // Known illness is asked before the finger is pricked.
    finger.touch("都没有");
    // What the meter already holds is nobody's here: the strip is put in when the page says so.
    finger.live.until("a meter that is ready", |state| matches!(&state.screen, Screen::Glucose(step) if step.ready));
    finger.live.stage.act(Role::Glucose, Act::Glucose { mg_per_dl: 108, control: false });
    leaves(finger);
}

/// The whole of a blood pressure on the smallest panel that hangs on a wall, page by page.
fn small_panel(finger: &Finger) {
    finger.sees("R01");
    says_who(finger, &FANG, "是我");
    finger.touch("下一页");
    finger.touch("保存我的健康记录");
    finger.touch("同意并继续");
    finger.touch("量血压");
    finger.touch("都没有，继续");
    turns(finger, 2);
    finger.touch("绑好了");
    turns(finger, 1);
    rests(finger);
    finger.live.measured(146, 92);
    second_reading(finger, 144, 90);
    finger.touch("都没有");
    finger.sees("R20");
    turns(finger, 2);
    finger.touch("手机带走");
    finger.sees("R23");
    finger.touch("返回结果");
    leaves(finger);
}

/// A nurse hears the call of a resident, and types what the laboratory's sheet says.
fn nurse(finger: &Finger) {
    finger.sees("R01");
    says_who(finger, &FANG, "是我");
    agrees(finger);
    finger.touch("找工作人员");
    finger.touch("工作人员收到");
    finger.touch("血氧体温");
    finger.touch("有化验单？请工作人员录入");
    signs_in(finger);
    finger.sees("R19b");
    finger.touch("总胆固醇");
    finger.touch("mmol/L");
    finger.types("4.2");
    finger.touch("其他");
    finger.touch("记下");
    finger.live.until("a kept result", |state| state.typed() == 1);
    finger.touch("返回");
    finger.touch("下一步");
    finger.touch("都没有");
    leaves(finger);
}

/// A visitor of the county asks for evidence: the doctor signs in and shows the counters, which are what happened here.
/// The page with the report of a period is not built yet.
fn visitor(finger: &Finger) {
    finger.sees("R01");
    says_who(finger, &FANG, "是我");
    agrees(finger);
    finger.touch("量血压");
    measures(finger, (138, 86), (136, 84));
    leaves_the_room(finger);
    finger.touch("点一下屏幕开始");
    finger.touch("村医登录");
    signs_in(finger);
    finger.sees("D02");
    // One visit, one person who had to be registered and is, one visit with guidance.
    for counter in ["今天测量", "1", "高危登记率·累计", "个体化指导率·本月"] {
        finger.reads(counter, 1);
    }
    finger.reads("100%", 2);
    finger.reads("1/1", 2);
}

/// A critical pressure: the red page calls, the doctor on the same machine settles the case in four touches, without a
/// network (ux.md 13, checks 8 and 9).
fn urgent(finger: &Finger) {
    finger.sees("R01");
    says_who(finger, &SHAN, "是我");
    agrees(finger);
    finger.touch("量血压");
    sits_down(finger);
    is_critical(finger);
    let taps = finger.taps();
    finger.touch("确认并紧急转诊");
    finger.touch("确认转诊");
    finger.live.until("a decided case", |state| state.desk.cases.is_empty());
    assert!(finger.taps() - taps <= 4, "{} touches for a case", finger.taps() - taps);
}

/// The same with a guide's telephone in the village: the list first, then the case on a page of its own.
fn urgent_on_a_telephone(finger: &Finger) {
    finger.sees("R01");
    says_who(finger, &SHAN, "是我");
    for switch in ["保存我的健康记录", "让家庭医生查看"] {
        finger.touch(switch);
    }
    finger.touch("同意");
    finger.touch("量血压");
    finger.touch("都没有，继续");
    turns(finger, 1);
    finger.touch("绑好了");
    rests(finger);
    is_critical(finger);
    let taps = finger.taps();
    finger.touch("马占山 192/112");
    finger.touch("返回");
    finger.touch("马占山 192/112");
    finger.touch("确认并紧急转诊");
    finger.touch("确认转诊");
    finger.live.until("a decided case", |state| state.desk.cases.is_empty());
    // One way too far and back are not counted.
    assert!(finger.taps() - taps - 2 <= 4, "{} touches for a case", finger.taps() - taps);
}

/// The card, as soon as the reader is there, and yes to whom it names.
fn says_who(finger: &Finger, who: &Invented, yes: &str) {
    finger.live.until("a card reader", |state| state.devices.contains_key(&Role::IdCard));
    finger.live.stage.card(who);
    // What is known of them comes a moment after the name: a touch before that is taken for a slip.
    finger.live.until("the person", |state| matches!(&state.screen, Screen::Confirm(page) if page.past.is_some()));
    finger.touch(yes);
}

/// From the tile of R06 to the first reading, by the rules: no smoke, cuff, posture, five minutes.
fn sits_down(finger: &Finger) {
    finger.touch("都没有，继续");
    finger.touch("绑好了");
    rests(finger);
}

/// The same with both readings, and what R18 asks.
fn measures(finger: &Finger, first: (u16, u16), second: (u16, u16)) {
    sits_down(finger);
    finger.live.measured(first.0, first.1);
    second_reading(finger, second.0, second.1);
    finger.touch("都没有");
}

/// A first reading past the limits, no symptom; the doctor comes and signs in over the red page.
fn is_critical(finger: &Finger) {
    finger.live.stage.pressure(192, 112, 88);
    finger.sees("R22");
    finger.touch("都没有");
    finger.touch("工作人员确认");
    signs_in(finger);
    finger.sees("D02");
}

fn rests(finger: &Finger) {
    finger.touch("坐好了");
    finger.sees("R10");
    finger.live.pass(301);
    finger.sees("R11");
}

fn second_reading(finger: &Finger, systolic: u16, diastolic: u16) {
    finger.live.pass(61);
    finger.sees("R11");
    finger.live.stage.pressure(systolic, diastolic, 66);
}

/// The doctor at D01.
fn signs_in(finger: &Finger) {
    finger.sees("D01");
    finger.touch("李医生 · 村医");
    finger.types(DOCTOR.1);
    finger.touch("登录");
}

/// Page by page: a second touch at once would be a trembling hand's.
fn turns(finger: &Finger, pages: usize) {
    for _ in 0..pages {
        finger.touch("下一页");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Until the next one may come.
fn leaves_the_room(finger: &Finger) {
    leaves(finger);
    finger.live.pass(11);
    finger.sees("R01");
}

fn leaves(finger: &Finger) {
    leaves_by(finger, "完成退出");
}

/// From R20 to R24.
fn leaves_by(finger: &Finger, name: &str) {
    finger.sees("R20");
    finger.live.pass(2);
    finger.touch(name);
    finger.sees("R24");
}
