//! Who is measured, what they allow, and what they told us.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{ConsentId, IdNumber, ResidentId, SlipNumber};

/// Sex as on the ID card (GB/T 2261.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

/// A name or phone number: kept and sent, never printed by `{:?}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal(pub String);

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A person this client keeps records for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resident {
    /// Ours; on the wire the `Patient` id.
    pub id: ResidentId,
    /// The citizen number, from a card or typed.
    pub id_number: IdNumber,
    /// `None` while only a typed number is known (the record is marked *typed*).
    pub name: Option<Personal>,
    /// From the card, or place 17 of the number.
    pub sex: Sex,
    /// From the card, or places 7 to 14 of the number.
    pub birth_date: NaiveDate,
    /// Given by the resident or the desk; a second fact for their own history.
    pub phone: Option<Personal>,
}

impl Resident {
    /// Whole years on `day`; born on 29 February counts from 1 March in common years.
    pub fn age_on(&self, day: NaiveDate) -> u16 {
        age_on(self.birth_date, day)
    }
}

/// Whole years from `birth` to `day`; 0 when `day` lies before.
pub fn age_on(birth: NaiveDate, day: NaiveDate) -> u16 {
    day.years_since(birth).and_then(|years| u16::try_from(years).ok()).unwrap_or(0)
}

/// Age band of a guest (ux.md R03c); the rules get its lowest age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum AgeBand {
    Under18,
    From18,
    From30,
    From40,
    From50,
    From60,
    From70,
    From80,
}

impl AgeBand {
    /// All bands, youngest first.
    pub const ALL: [AgeBand; 8] = [
        AgeBand::Under18,
        AgeBand::From18,
        AgeBand::From30,
        AgeBand::From40,
        AgeBand::From50,
        AgeBand::From60,
        AgeBand::From70,
        AgeBand::From80,
    ];

    /// The age that the rules get.
    pub fn lowest(self) -> u16 {
        match self {
            AgeBand::Under18 => 0,
            AgeBand::From18 => 18,
            AgeBand::From30 => 30,
            AgeBand::From40 => 40,
            AgeBand::From50 => 50,
            AgeBand::From60 => 60,
            AgeBand::From70 => 70,
            AgeBand::From80 => 80,
        }
    }

    /// The band that holds `age`.
    pub fn of(age: u16) -> Self {
        *Self::ALL.iter().rev().find(|band| band.lowest() <= age).expect("the first band starts at 0")
    }
}

/// Somebody who is measured without a record of their own (ux.md P11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// What a doctor finds the visit by.
    pub slip: SlipNumber,
    /// Needed for the waist.
    pub sex: Sex,
    /// Needed by the rules.
    pub age: AgeBand,
}

/// Whose visit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A resident who lets us keep the record.
    Resident(ResidentId),
    /// A guest, or a resident who said no to keeping.
    Guest(Guest),
}

/// The three switches of R05.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentSwitch {
    /// 保存我的健康记录
    Keep,
    /// 让家庭医生查看
    DoctorView,
    /// 上传到县级卫生健康平台
    Upload,
}

/// What a resident allows. Silence is "no"; the first switch is the condition of the other two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Keep the record.
    pub keep: bool,
    /// Let the family doctor see it.
    pub doctor_view: bool,
    /// Send it to the county platform.
    pub upload: bool,
}

impl Consent {
    /// The answer to one switch; the other two are off without the first.
    pub fn allows(&self, switch: ConsentSwitch) -> bool {
        self.keep
            && match switch {
                ConsentSwitch::Keep => true,
                ConsentSwitch::DoctorView => self.doctor_view,
                ConsentSwitch::Upload => self.upload,
            }
    }
}

/// One switch as it was answered, with the id of its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentAnswer {
    /// `Consent` on the wire.
    pub id: ConsentId,
    /// Which switch.
    pub switch: ConsentSwitch,
    /// On or off.
    pub permit: bool,
}

/// A question the rules ask for (R17, R18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// 抽烟
    Smoking,
    /// Cigarettes a day, of those who smoke.
    Cigarettes,
    /// 喝酒
    Alcohol,
    /// Days a week with 30 minutes of movement.
    Activity,
    /// Salt taste.
    Salt,
    /// Diabetes in parents or siblings.
    FamilyDiabetes,
    /// Hypertension in parents or siblings.
    FamilyHypertension,
    /// Stroke in parents or siblings.
    FamilyStroke,
    /// Heart disease in parents or siblings.
    FamilyHeart,
    /// Told by a doctor, R18.
    Hypertension,
    /// Told by a doctor, R18.
    Diabetes,
    /// Told by a doctor, R18.
    Dyslipidaemia,
    /// Takes blood-pressure tablets, R18.
    OnAntihypertensives,
    /// Took them today, R18.
    TabletsToday,
    /// Takes insulin, R18.
    OnInsulin,
    /// Takes tablets against high sugar, R18.
    OnSugarTablets,
    /// R18, women of 15 to 54 (clinical README, P8).
    Pregnant,
    /// R18, women of 15 to 54.
    Breastfeeding,
}

/// An answer. "Not sure" is an answer too and is asked again next year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Answer {
    Yes,
    No,
    /// 不清楚, or skipped.
    NotSure,
    /// Smoking: never, before, now.
    Never,
    Former,
    Current,
    /// How often or how much: little, some, much.
    Little,
    Some,
    Much,
    /// More than much: a pack of cigarettes a day.
    Most,
    /// 还没吃: today's tablets.
    NotYet,
}

/// What a person told us, by question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<Question, Answer>);

impl Answers {
    /// True when the answer is a plain yes.
    pub fn yes(&self, question: Question) -> bool {
        self.0.get(&question) == Some(&Answer::Yes)
    }

    /// The answer, if it was asked.
    pub fn to(&self, question: Question) -> Option<Answer> {
        self.0.get(&question).copied()
    }

    /// Adds `newer` over what is there.
    pub fn absorb(&mut self, newer: &Answers) {
        self.0.extend(newer.0.iter().map(|(question, answer)| (*question, *answer)));
    }
}

/// A name as resident screens and slips may show it (ux.md P1): 王秀英 → 王*英, 王英 → 王*; names with `·` or of more
/// than four characters → first + `**` + last.
pub fn masked(name: &str) -> String {
    let letters: Vec<char> = name.trim().chars().filter(|letter| !is_variant_mark(*letter)).collect();
    match letters.as_slice() {
        [] => "*".to_owned(),
        [one] => format!("{one}*"),
        [first, _] => format!("{first}*"),
        [first, .., last] if letters.len() > 4 || letters.iter().any(|letter| DOTS.contains(letter)) => {
            format!("{first}**{last}")
        }
        [first, .., last] => format!("{first}*{last}"),
    }
}

/// A mark that chooses among the drawings of the character before it; no character of its own.
fn is_variant_mark(letter: char) -> bool {
    matches!(letter, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// The dots that cards and keyboards put between the parts of a name.
const DOTS: [char; 6] = ['·', '•', '‧', '・', '∙', '．'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_masked_as_the_screens_may_show_them() {
        assert_eq!(masked("王秀英"), "王*英");
        assert_eq!(masked("王英"), "王*");
        assert_eq!(masked("欧阳秀英"), "欧*英");
        assert_eq!(masked("古丽娜·艾山"), "古**山");
        assert_eq!(masked("阿卜杜拉·买"), "阿**买");
        assert_eq!(masked("艾山•江"), "艾**江");
        assert_eq!(masked("欧阳明秀英"), "欧**英");
        assert_eq!(masked("王"), "王*");
        assert_eq!(masked(""), "*");
    }

    #[test]
    fn a_rare_character_is_one_character() {
        assert_eq!(masked("王\u{4DAE}"), "王*");
        assert_eq!(masked("\u{20BB7}小\u{4DAE}"), "\u{20BB7}*\u{4DAE}");
        assert_eq!(masked("王小葛\u{E0100}"), "王*葛");
        assert_eq!(masked("葛\u{E0100}英"), "葛*");
        assert_eq!(masked("\u{3000}王英\u{3000}"), "王*");
    }

    #[test]
    fn a_band_holds_its_ages() {
        assert_eq!(AgeBand::of(17), AgeBand::Under18);
        assert_eq!(AgeBand::of(18), AgeBand::From18);
        assert_eq!(AgeBand::of(59), AgeBand::From50);
        assert_eq!(AgeBand::of(104), AgeBand::From80);
    }
}
