//! What people read, in both languages.

use sekisho_model::facts::{Fact, Handle, Slot};
use sekisho_model::{Evidence, Text};
use sekisho_policy_information::World;

use crate::Step;
use crate::case::Case;

/// How many policies are not named.
pub(crate) fn more(policies: usize) -> Text {
    let (policy, like) = if policies == 1 { ("policy", "says") } else { ("policies", "say") };
    Text::new(
        &format!("{policies} more {policy} {like} no; the nearest are named here."),
        &format!("ほかに {policies} 件のポリシーが許可していません。近いものだけを表示しています。"),
    )
}

/// What to do for one step.
pub(crate) fn step(case: &Case<'_>, step: Step, zone: Option<&str>) -> Text {
    match step {
        Step::Authenticate => Text::new("Sign in again with a passkey.", "パスキーで再度サインインしてください。"),
        Step::ProveDevice => Text::new(
            "Prove your device: open Devices in the portal on an enrolled device, and choose “Prove this device”.",
            "端末を確認してください。登録済みの端末でポータルの［端末］を開き、［この端末を確認する］を選んでください。",
        ),
        Step::ReportDevice => Text::new(
            "Open the agent on your device, so that it reports its state.",
            "端末でエージェントを開き、状態を報告させてください。",
        ),
        Step::HealDevice => heal(case),
        Step::OtherDevice => Text::new(
            "Use a managed, compliant device that is assigned to you; if you have none, ask your helpdesk for one.",
            "自分に割り当てられた、セキュリティ基準に適合した管理対象の端末を使用してください。ない場合はヘルプデスクに依頼してください。",
        ),
        Step::OtherNetwork => match zone {
            Some(zone) => Text::new(
                &format!("Connect from the network zone `{zone}`."),
                &format!("ネットワークゾーン「{zone}」から接続してください。"),
            ),
            None => Text::new("Connect from another network.", "別のネットワークから接続してください。"),
        },
        Step::Grant => grant(case),
    }
}

/// Whom to ask for a grant: who is responsible for the resource, or an administrator where nobody is named.
fn grant(case: &Case<'_>) -> Text {
    let owner = case.world.facts().get(case.request.resource()).map(|resource| resource.get(Slot::Owner));
    match owner {
        Some(Fact::Entity(owner)) if case.world.facts().get(*owner).is_some() => {
            let name = case.world.display_name(*owner);
            Text::new(
                &format!("Ask {name}, who is responsible for this resource, for a time-limited grant."),
                &format!("このリソースの責任者（{name}）に、期限付きの許可を依頼してください。"),
            )
        }
        _ => Text::new(
            "Ask an administrator for a time-limited grant for this resource.",
            "このリソースへの期限付きの許可を管理者に依頼してください。",
        ),
    }
}

/// Several steps as one text.
pub(crate) fn join(texts: &[Text]) -> Text {
    let english: Vec<&str> = texts.iter().map(|text| text.en.as_str()).collect();
    let japanese: Vec<&str> = texts.iter().map(|text| text.ja.as_deref().unwrap_or(&text.en)).collect();
    Text::new(&english.join(" "), &japanese.join(""))
}

/// How long ago a device reported.
pub(crate) fn stale(minutes: i64) -> Text {
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    Text::new(
        &format!("The device last reported {minutes} {unit} ago: open the agent."),
        &format!("端末の最後の報告は {minutes} 分前です。エージェントを開いてください。"),
    )
}

/// The checks that the request's device fails, with the reasons that they declare.
pub(crate) fn not_compliant(case: &Case<'_>) -> Text {
    let reasons: Vec<Text> = failing(case).map(|check| check.0).collect();
    let mut texts = vec![Text::new("The device does not comply.", "端末がセキュリティ基準を満たしていません。")];
    texts.extend(reasons);
    join(&texts)
}

fn heal(case: &Case<'_>) -> Text {
    let remedies: Vec<Text> = failing(case).map(|check| check.1).collect();
    let mut texts = vec![Text::new("Make your device compliant.", "端末をセキュリティ基準に適合させてください。")];
    texts.extend(remedies);
    join(&texts)
}

/// Reason and remedy of each failing check.
fn failing<'c>(case: &'c Case<'_>) -> impl Iterator<Item = (Text, Text)> + 'c {
    let device: Option<Handle> = match case.device {
        Evidence::Known(device) | Evidence::Stale { value: device, .. } => Some(device),
        Evidence::Unknown(_) => None,
    };
    let names = device.into_iter().flat_map(|device| failing_of(case.world, device));
    names.filter_map(|name| case.world.check(name).map(|check| (check.reason.clone(), check.remedy.clone())))
}

/// The names of the checks that a device fails.
pub(crate) fn failing_of(world: &World, device: Handle) -> impl Iterator<Item = &str> {
    let names = match world.facts().get(device).map(|entity| entity.get(Slot::FailingChecks)) {
        Some(Fact::Set(set)) => set.members(),
        _ => &[],
    };
    names.iter().filter_map(|name| match name {
        Fact::String(name) => Some(name.as_str()),
        _ => None,
    })
}
