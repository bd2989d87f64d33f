//! What entities of a World are called: the texts that a search compares.

use arcstr::ArcStr;
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_policy_information::World;

/// The types that can be found.
pub(crate) const TYPES: [EntityType; 5] =
    [EntityType::User, EntityType::Group, EntityType::Workload, EntityType::Device, EntityType::Resource];

/// What an entity is called: its identifier first. None where it is not there.
pub(crate) fn texts(world: &World, handle: Handle) -> Vec<ArcStr> {
    let Some(entity) = world.facts().get(handle) else { return Vec::new() };
    let mut texts = vec![world.id(handle)];
    match world.resource(handle) {
        Some(resource) => {
            let names = [Some(resource.name.en.as_str()), resource.name.ja.as_deref()];
            let host = resource.host.as_ref().map(|host| host.as_str());
            texts.extend(names.into_iter().chain([host]).flatten().map(ArcStr::from));
        }
        None => texts.extend([Slot::Name, Slot::Email].into_iter().filter_map(|slot| match entity.get(slot) {
            Fact::String(text) => Some(text.clone()),
            _ => None,
        })),
    }
    texts
}

/// The text of that number, without the others.
pub(crate) fn text(world: &World, handle: Handle, number: u8) -> ArcStr {
    match number {
        0 => world.id(handle),
        number => texts(world, handle).into_iter().nth(usize::from(number)).unwrap_or_default(),
    }
}
