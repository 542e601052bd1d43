//! The station's own resources: made at the first start, sent before everything that refers to them.

use crate::model::station::{Instrument, Site};
use crate::model::unit::{Lane, Unit, UnitKind};
use crate::model::{Commit, Fact, Mint, Moment, NewFact, StaffId, UnitId};
use crate::session::World;
use crate::store::{Reader, StaffFault, Store, StoreFault};

/// Declares the station if it is new or changed; returns the units of the station that have not arrived yet.
pub fn declare(
    world: &World,
    store: &Store,
    reader: &Reader,
    mint: &mut Mint,
    now: Moment,
) -> Result<Vec<UnitId>, StoreFault> {
    let known = reader.site()?;
    let site = describe(world, known.as_ref(), mint, now);
    if known.as_ref() != Some(&site) {
        let after = waiting(reader)?;
        store.commit_now(own_unit(Fact::SiteConfigured { site }, after, mint, now))?;
    }
    waiting(reader)
}

/// Adds an account with its PIN; the platform hears of the person before it hears of their decisions.
pub fn add_staff(
    store: &Store,
    name: &str,
    role: &str,
    pin: &str,
    mint: &mut Mint,
    now: Moment,
) -> Result<StaffId, StaffFault> {
    let after = waiting(&store.reader()?)?;
    let staff = mint.id(now);
    let fact = Fact::StaffAdded { staff, name: name.to_owned(), role: role.to_owned() };
    store.add_staff(own_unit(fact, after, mint, now), pin)?;
    Ok(staff)
}

fn own_unit(fact: Fact, after: Vec<UnitId>, mint: &mut Mint, now: Moment) -> Commit {
    let fact = NewFact { id: mint.id(now), at: now, fact };
    let unit = Unit {
        id: mint.id(now),
        kind: UnitKind::Site,
        // With lane 1, because everything waits for it.
        lane: Lane::Urgent,
        subject: None,
        facts: vec![fact.id],
        after,
        kept_back: None,
    };
    Commit { facts: vec![fact], units: vec![unit] }
}

fn waiting(reader: &Reader) -> Result<Vec<UnitId>, StoreFault> {
    let queued = reader.outlook()?;
    Ok(queued.into_iter().filter(|queued| queued.unit.kind == UnitKind::Site).map(|queued| queued.unit.id).collect())
}

fn describe(world: &World, known: Option<&Site>, mint: &mut Mint, now: Moment) -> Site {
    let mut instruments = Vec::new();
    for (role, model) in world.fitted.iter().filter(|(role, _)| role.measures()) {
        let role = role.to_string();
        let before = known.and_then(|site| site.instruments.iter().find(|i| i.role == role && i.model == *model));
        let id = before.map_or_else(|| mint.id(now), |instrument| instrument.id);
        instruments.push(Instrument { id, role, model: model.clone() });
    }
    Site {
        organisation: known.map_or_else(|| mint.id(now), |site| site.organisation),
        location: known.map_or_else(|| mint.id(now), |site| site.location),
        terminal: known.map_or_else(|| mint.id(now), |site| site.terminal),
        station: world.station.clone(),
        instruments,
        software: env!("CARGO_PKG_VERSION").to_owned(),
        rules: world.rules.on(now.day(), None).edition,
    }
}
