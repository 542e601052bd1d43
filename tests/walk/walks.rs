//! The walks: one for each user of ux.md section 1.

use health_hut::demo::stage::FANG;

use crate::finger::Finger;

/// A walk on a panel.
pub struct Walk {
    pub name: &'static str,
    /// Pixels of the panel.
    pub size: (u32, u32),
    pub take: fn(&Finger),
}

pub const WALKS: &[Walk] = &[Walk { name: "first-visit", size: (1280, 800), take: first_visit }];

/// A resident over 60, here for the first time: card, consent, blood pressure, the result. At most eight touches (ux.md
/// 13, check 1; the two further switches are not counted).
fn first_visit(finger: &Finger) {
    finger.sees("R01");
    finger.live.stage.card(&FANG);
    finger.touch("是我");
    finger.touch("保存我的健康记录");
    finger.touch("同意并继续");
    finger.touch("量血压");
    finger.touch("都没有，继续");
    finger.touch("绑好了");
    finger.touch("坐好了");
    finger.sees("R10");
    finger.live.pass(301);
    finger.sees("R11");
    finger.live.measured(118, 76);
    finger.live.pass(61);
    finger.sees("R11");
    finger.live.stage.pressure(116, 74, 66);
    finger.touch("都没有");
    finger.sees("R20");
    assert!(finger.taps() <= 8, "{} touches", finger.taps());
    finger.live.pass(2);
    finger.touch("完成退出");
    finger.sees("R24");
}
